using System.Globalization;
using System.Text;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The batch script of an array job: each task runs the program with the arguments of its line in a list.</summary>
internal static class SlurmScript
{
    // The list is read with the shell's own rules: each line is the words of one command, quoted. A signal goes to the program, which saves; the script waits until it has.
    private const string Body = """

        line=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$folder/tasks.txt")
        if [ -z "$line" ]; then
            echo "$folder/tasks.txt has no line for task $SLURM_ARRAY_TASK_ID: is the folder shared with this node?" >&2
            exit 127
        fi
        rm -f "$folder/$SLURM_ARRAY_TASK_ID.exit"
        echo "== task $SLURM_ARRAY_TASK_ID of job $SLURM_ARRAY_JOB_ID on $(hostname), attempt ${SLURM_RESTART_COUNT:-0}: $line"
        export OMP_NUM_THREADS="${OMP_NUM_THREADS:-${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}}"
        eval "set -- $line"
        "$@" &
        program=$!
        trap 'kill -TERM "$program" 2> /dev/null' TERM INT
        wait "$program"
        code=$?
        while kill -0 "$program" 2> /dev/null; do
            wait "$program"
            code=$?
        done
        echo "$code" > "$folder/.$SLURM_ARRAY_TASK_ID.exit.part" && mv "$folder/.$SLURM_ARRAY_TASK_ID.exit.part" "$folder/$SLURM_ARRAY_TASK_ID.exit"
        exit "$code"

        """;

    /// <summary>The script of the batch in <paramref name="folder"/>.</summary>
    public static string Of(string folder) => $"#!/bin/sh\n# Runs line SLURM_ARRAY_TASK_ID + 1 of tasks.txt and keeps its exit code beside it.\nfolder={Quote(folder)}{Body.ReplaceLineEndings("\n")}";

    /// <summary>The list that the script reads.</summary>
    public static string List(IEnumerable<IReadOnlyList<string>> commands) =>
        commands.Aggregate(new StringBuilder(), (text, words) => text.AppendJoin(' ', words.Select(Quote)).Append('\n')).ToString();

    /// <summary>Where a task prints, for sbatch: what it has a meaning for is doubled.</summary>
    public static string OutputOf(string folder) => Path.Combine(folder.Replace("%", "%%", StringComparison.Ordinal), "%a.log");

    /// <summary>What a task has printed last, on one line.</summary>
    public static string TailOf(string folder, int index)
    {
        try
        {
            using var stream = new FileStream(Path.Combine(folder, Number(index) + ".log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(-Math.Min(stream.Length, 2000), SeekOrigin.End);
            using var reader = new StreamReader(stream);
            return string.Join(' ', reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(4));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>The exit code of a task; null when it left none, or none that is seen here yet.</summary>
    public static int? ExitOf(string folder, int index)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(folder, Number(index) + ".exit")).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A word that a shell reads as it is.</summary>
    /// <exception cref="ArgumentException">It has a line break, which a list of lines cannot hold.</exception>
    internal static string Quote(string word) => word.Contains('\n')
        ? throw new ArgumentException($"A path with a line break cannot be given to a cluster: '{word}'. Rename the folder.")
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Number(int index) => index.ToString(CultureInfo.InvariantCulture);
}
