using System.Text.RegularExpressions;
using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>What an earlier test left in a folder.</summary>
internal static partial class EarlierResults
{
    private static readonly string[] s_files = ["scores.json", "scores.csv", "scores.md", "reproduction.json", "reproduction.csv", "reproduction.md"];

    private static readonly string[] s_records = [RunRecord.FileName, "run.test.json", "run.reproduce-synapse.json"];

    /// <summary>Removes scores, records and saved volumes of the test whose log lies in <paramref name="folder"/>. Its log names its cases. Without a log of ours nothing is
    /// touched, and in no case what another program or command wrote.</summary>
    public static void Remove(string folder)
    {
        var log = Path.Combine(folder, ReferenceLog.Place);
        if (!File.Exists(log))
        {
            return;
        }
        var lines = File.ReadAllLines(log);
        if (lines is [] || !FirstLine().IsMatch(lines[0]))
        {
            return;
        }
        foreach (var name in s_files)
        {
            Delete(folder, name);
        }
        foreach (var name in s_records.Where(name => RunRecord.CommandOf(Path.Combine(folder, name)) is "test" or "reproduce synapse"))
        {
            Delete(folder, name);
        }
        foreach (var match in lines.Select(line => CaseLine().Match(line)).Where(match => match.Success && match.Groups[1].ValueSpan.IndexOfAny('/', '\\') < 0))
        {
            foreach (var what in SavedVolumes.Kinds)
            {
                Delete(folder, Path.Combine("predictions", SavedVolumes.NameOf(match.Groups[1].Value, what)));
            }
        }
    }

    private static void Delete(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex(@"^\[[0-9:.]+\] SAMed\.MLNet .*: cases=[0-9]+, ")]
    private static partial Regex FirstLine();

    [GeneratedRegex(@"^\[[0-9:.]+\] idx [0-9]+ case (.+) mean_dice \S+ mean_hd95 \S+$")]
    private static partial Regex CaseLine();
}
