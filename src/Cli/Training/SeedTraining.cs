using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Training;

/// <summary><c>samed train --seeds</c>: the runs, their table, <c>seeds.json</c> and <c>run.json</c>.</summary>
internal static class SeedTraining
{
    /// <summary>Trains and reports; returns the exit code.</summary>
    public static int Run(CommandContext context, TrainingRunOptions options, IReadOnlyList<long> seeds, string? json)
    {
        var hashed = CommandRecord.Hash(context, []);
        SeedRunsResult? result = null;
        context.Console.Progress("Training", TrainingConsole.BarTotal, bar =>
            result = SeedRuns.Execute(options, seeds, new TrainingConsole(context.Console, bar), context.Cancellation));
        if (result!.Interrupted)
        {
            context.Console.Line($"Stopped in seed {result.Runs[^1].Seed}; the state is saved. Continue with the same command and --resume.");
            return context.Host.ExitCodeOnCancel;
        }
        Print(context.Console, result);
        var report = Report(result);
        foreach (var path in new[] { Path.Combine(options.Output, SeedRuns.FiguresName), json }.OfType<string>())
        {
            JsonFile.Write(path, report);
        }
        CommandRecord.Write(context, options.Output, DataArguments.FilesOf(DataFolder.Find(options.Data, options.ListFile)), options.Training.Devices is { } shared ? string.Join(',', shared) : Devices.Resolve(options.Device).ToString(),
            options.Training.ResolvedSeed, hashed, Effective(options, result));
        context.Console.Line($"Figures: {Path.Combine(options.Output, SeedRuns.FiguresName)}");
        return ExitCodes.Ok;
    }

    private static void Print(CliConsole console, SeedRunsResult result)
    {
        console.Table(["best validation Dice", .. result.Runs.Select(run => string.Create(CultureInfo.InvariantCulture, $"seed {run.Seed}")), "mean", "95 % CI"],
            result.Classes.Select((name, index) => Row(name, result.Runs.Select(run => run.Run.Result.BestPerClass?[index]), result.PerClass[index]))
                .Append(Row("mean", result.Runs.Select(run => run.Run.Result.Best?.Dice), result.Dice)));
    }

    private static string[] Row(string name, IEnumerable<double?> values, Summary summary) =>
        [name, .. values.Select(Figure), Figure(summary.Mean), summary.CiLow is null ? "-" : $"{Figure(summary.CiLow)}..{Figure(summary.CiHigh)}"];

    private static string Figure(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>What the runs have in common; the folder of each has a record of its own.</summary>
    private static object Effective(TrainingRunOptions options, SeedRunsResult result) => new
    {
        options.Preset, result.Runs[0].Run.Model, options.Lora, options.Training, options.Preprocessing, result.Classes,
    };

    private static object Report(SeedRunsResult result) => new
    {
        version = ProductVersion.Text,
        measure = "best mean validation Dice",
        confidence = 0.95,
        mean = result.Dice,
        classes = result.Classes.Select((name, index) => new { name, dice = result.PerClass[index] }),
        seeds = result.Runs.Select(run => new
        {
            run.Seed, run.Folder, dice = run.Run.Result.Best?.Dice, epoch = run.Run.Result.Best?.Epoch, perClass = run.Run.Result.BestPerClass,
            run.Run.Result.Steps, finalLoss = run.Run.Result.LastLosses.Total, lora = run.Run.BestPath, sam = run.Run.BasePath,
        }),
        validationCases = result.Runs[0].Run.ValidationCases,
        trainingCases = result.Runs[0].Run.TrainingCases,
    };
}
