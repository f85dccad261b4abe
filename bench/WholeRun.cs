using System.Text.Json;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench;

/// <summary>Runs every section of the table, each in a process of its own, and writes the results.</summary>
internal static class WholeRun
{
    /// <summary>False when a section failed; the others are in the results all the same.</summary>
    public static bool Run(BenchOptions options, IEnumerable<Section> sections)
    {
        var facts = Machine.Facts(options.IsGpu);
        foreach (var (name, value) in facts)
        {
            Console.WriteLine($"{name}: {value}");
        }
        var folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        var file = ResultsFile.For(options);
        List<SectionLines> found = [];
        var text = "";
        try
        {
            foreach (var section in sections)
            {
                Console.WriteLine(Environment.NewLine + section.Title);
                found.Add(RunOne(options, section, Path.Combine(folder, section.Name + ".json")));
                text = ResultsFile.Text(CommandOf(options), options.IsGpu, facts, found);
                // A run that is stopped keeps what it has.
                file?.Write(text);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        var isFine = found.All(section => section.Failure is null);
        Console.WriteLine(Environment.NewLine + text);
        if (file is not null)
        {
            Console.WriteLine($"written: {Path.GetRelativePath(".", isFine ? file.Finish() : file.Unfinished)}");
        }
        return isFine;
    }

    private static SectionLines RunOne(BenchOptions options, Section section, string path)
    {
        string? failure = null;
        try
        {
            OwnProcess.Run([.. options.ArgumentsFor(section.Name, path)]);
        }
        catch (InvalidOperationException error)
        {
            failure = error.Message;
            Console.Error.WriteLine(failure);
        }
        return new(section.Title, File.Exists(path) ? JsonSerializer.Deserialize<List<Line>>(File.ReadAllText(path))! : [], failure is null ? null : $"'{section.Name}' did not come to its end");
    }

    private static string CommandOf(BenchOptions options)
    {
        List<string> words = [];
        if (options.Device != "cpu")
        {
            words.Add($"--device {options.Device}");
        }
        if (options.Model != "vit_b")
        {
            words.Add($"--model {Path.GetFileName(options.Model)}");
        }
        if (options.Batches is { } batches)
        {
            words.Add($"--batches {string.Join(',', batches)}");
        }
        if (options.Repetitions is { } repetitions)
        {
            words.Add(Numbers.Text($"--repetitions {repetitions}"));
        }
        if (options.Quick)
        {
            words.Add("--quick");
        }
        return "dotnet run -c Release --project bench" + (words.Count > 0 ? " -- " + string.Join(' ', words) : "");
    }
}
