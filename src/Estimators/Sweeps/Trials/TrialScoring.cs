using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Scores a trial's best weights on its validation cases, as the test program does, on the files' own grids.</summary>
internal static class TrialScoring
{
    /// <summary>Scores; what the test program writes goes into <paramref name="folder"/>.</summary>
    /// <returns>Null where the data are single slices.</returns>
    public static TrialScores? Of(TrainingRunOptions options, TrainingRunResult run, CaseSelection cases, string folder, CancellationToken cancellationToken)
    {
        LabelledFile[] files = [.. cases.Data.Files.Where(file => cases.Validation.Contains(file.Name))];
        if (cases.Data.Kind != SegmentationDataKind.Volumes || files.Any(file => file.SliceIndex is not null))
        {
            return null;
        }
        var report = TestProtocol.Execute(
            new()
            {
                Model = new() { LoraFile = run.BestPath, SamFile = run.BasePath, Device = TrainingDevices.First(options.Training, () => Devices.Resolve(options.Device)).ToString() },
                Cases = files,
                Output = folder,
                Labels = options.Labels,
                Unit = DistanceUnit.Millimetre,
                LogPolicy = EmptyMaskPolicy.Strict,
            },
            cancellationToken: cancellationToken).Metrics.Strict;
        // Pictures and bare arrays do not say how large a voxel is.
        var inMm = files.All(file => VolumeFile.IdentifyImage(file.ImagePath).HasGeometry);
        return new(report.MeanDice, inMm ? report.MeanHd95 : null, [.. report.Organs.Select(organ => new ClassScores(organ.Name, organ.Dice.Mean, inMm ? organ.Hd95.Mean : null))]);
    }
}
