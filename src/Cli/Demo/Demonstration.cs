using System.Globalization;
using SAMed.MLNet.Cli.Evaluation;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Prediction;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Rendering;

namespace SAMed.MLNet.Cli.Demo;

/// <summary>The main job from end to end on phantoms: train, predict held-out cases from the saved files, score, draw.</summary>
internal sealed class Demonstration(CommandContext context, PhantomDataSet data, string folder, int seed, string device)
{
    private readonly CliConsole _console = context.Console;

    /// <summary>Runs it; null when training was interrupted.</summary>
    public SegmentationReport? Run()
    {
        var held = DemoRecipe.HeldOut(data);
        _console.Note($"{data.Cases.Count} phantom patients in {data.Folder}; {held.Count} are held out of training: {string.Join(", ", held)}.");
        if (Train() is not { } trained)
        {
            return null;
        }
        var predictions = Predict(trained, held);
        var report = Evaluator.Evaluate([.. predictions.Select(file => new CasePair(file.Case, file.Output, data.LabelsOf(file.Case)))],
            new LabelReader(LabelTable.Synapse), new MetricOptions(), _console, context.Cancellation);
        Draw(predictions);
        Tell(report, trained);
        return report;
    }

    private TrainingRunResult? Train()
    {
        TrainingRunResult? run = null;
        var options = DemoRecipe.Run(data, Path.Combine(folder, "run"), seed, device);
        _console.Progress("Training", TrainingConsole.BarTotal, bar => run = TrainingRun.Execute(options, new TrainingConsole(_console, bar), context.Cancellation));
        return run!.Result.Interrupted ? null : run;
    }

    private PredictionFile[] Predict(TrainingRunResult trained, IReadOnlyList<string> cases)
    {
        using var model = SegmentationModel.Load(new() { LoraFile = trained.BestPath, SamFile = trained.BasePath, Device = device });
        var job = new PredictionJob(model, model.Preprocessing, new PredictionOptions { BatchSize = 8 });
        PredictionFile[] files = [.. cases.Select(name => new PredictionFile(name, data.ImageOf(name), Path.Combine(folder, "predictions", name + ".nii.gz")))];
        _console.Progress("Predicting", files.Length, bar =>
        {
            foreach (var file in files)
            {
                job.Run(file, logitsPath: null, probabilitiesPath: null, (_, _) => { }, context.Cancellation);
                bar.Advance(file.Case);
            }
        });
        return files;
    }

    private void Draw(IReadOnlyList<PredictionFile> files)
    {
        foreach (var file in files)
        {
            var image = VolumeFile.ReadImage(file.Input);
            var (prediction, reference) = (VolumeFile.ReadLabels(file.Output), VolumeFile.ReadLabels(data.LabelsOf(file.Case)));
            var options = new OverlayOptions { Case = file.Case };
            OverlayRenderer.WritePng(OverlayPath(file.Case), options, image, prediction, reference, LabelTable.Synapse.Classes);
            OverlayRenderer.WriteMontagePng(OverlayPath(file.Case + "_montage"), options, 9, image, prediction, reference, LabelTable.Synapse.Classes);
        }
    }

    private string OverlayPath(string name) => Path.Combine(folder, "overlays", name + ".png");

    private void Tell(SegmentationReport report, TrainingRunResult trained)
    {
        ReportTable.Print(report, _console);
        ResultFile.WriteText(Path.Combine(folder, "scores.json"), report.ToJson());
        ResultFile.WriteText(Path.Combine(folder, "scores.csv"), report.ToCsv());
        ResultFile.WriteText(Path.Combine(folder, "scores.md"), report.ToMarkdown());
        _console.Line();
        _console.Line(string.Create(CultureInfo.InvariantCulture,
            $"Trained a small SAM with LoRA for {trained.Result.Steps} steps in {TrainingConsole.Duration(trained.Result.Elapsed)} from random weights (its encoder was trained too,"));
        _console.Line($"because no Segment Anything checkpoint is used here) on {trained.TrainingCases.Count} phantoms, then segmented {report.Cases.Count} phantoms it had never seen.");
        _console.Line("Phantoms are drawn, not scanned: the figures show that the program works, not how it does on patients.");
        _console.Line();
        _console.Line($"  model        {trained.BestPath}");
        _console.Line($"  predictions  {Path.Combine(folder, "predictions")} (NIfTI)");
        _console.Line($"  pictures     {Path.Combine(folder, "overlays")} (PNG)");
        _console.Line($"  scores       {Path.Combine(folder, "scores.json")}, .csv, .md");
    }
}
