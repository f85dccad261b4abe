using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Estimators.Tests;

/// <summary>The scenes of <see cref="TinyRun"/> as a folder of npz slices, and runs on it from files to files.</summary>
internal static class TinyData
{
    public const int Cases = 5;

    public const int SlicesPerCase = 6;

    /// <summary>Optimiser steps of an epoch: one case of five is set aside.</summary>
    public const int StepsPerEpoch = (Cases - 1) * SlicesPerCase / 4;

    /// <summary>Writes <c>data/</c> and the label table below <paramref name="folder"/>.</summary>
    public static TempFolder Write(this TempFolder folder)
    {
        Directory.CreateDirectory(folder.File("data"));
        foreach (var slice in TinyRun.Slices(Cases * SlicesPerCase))
        {
            NpzFile.Write(folder.File($"data/{slice.Case}_slice{slice.Index:000}.npz"),
            [
                new("image", NpyArray.Create(slice.Image, slice.Height, slice.Width)),
                new("label", NpyArray.Create(Array.ConvertAll(slice.Label, id => (float)id), slice.Height, slice.Width)),
            ]);
        }
        File.WriteAllText(folder.File("labels.json"), """{ "name": "tiny", "classes": [ { "id": 1, "name": "disc" }, { "id": 2, "name": "bar" } ] }""");
        return folder;
    }

    /// <summary>A run on <c>data/</c> into the folder <paramref name="output"/>.</summary>
    public static TrainingRunOptions Run(this TempFolder folder, string output) => new()
    {
        Data = folder.File("data"),
        Output = folder.File(output),
        Model = TinyRun.Model,
        Lora = new LoraOptions { Rank = 2, TrainEncoder = true },
        Labels = LabelTable.Load(folder.File("labels.json")),
        Training = TinyRun.Options,
        Preprocessing = TinyRun.Preprocessing,
        Device = "cpu",
    };

    /// <summary>Runs and, after each report, lets <paramref name="stop"/> decide whether to interrupt.</summary>
    public static TrainingRunResult Execute(this TrainingRunOptions options, Func<TrainingProgress, bool>? stop = null, RecordingObserver? observer = null)
    {
        using var source = new CancellationTokenSource();
        observer ??= new RecordingObserver();
        observer.Progressed = progress =>
        {
            if (stop?.Invoke(progress) == true)
            {
                source.Cancel();
            }
        };
        return TrainingRun.Execute(options, observer, source.Token);
    }
}

/// <summary>Keeps what a run told.</summary>
internal sealed class RecordingObserver : ITrainingObserver
{
    public List<string> Notes { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<TrainingProgress> Reports { get; } = [];

    public Action<TrainingProgress>? Progressed { get; set; }

    public void Note(string text) => Notes.Add(text);

    public void Warn(string text) => Warnings.Add(text);

    public void Reading(int done, int total)
    {
    }

    public void Report(TrainingProgress value)
    {
        Reports.Add(value);
        Progressed?.Invoke(value);
    }
}
