namespace SAMed.MLNet.Estimators.Training;

/// <summary>What is told of a run that goes on on other devices than it has come from.</summary>
internal static class ResumedDevices
{
    /// <summary>Warns where the run in <paramref name="path"/> goes on, as <paramref name="manifest"/> says, on another number or kind of devices than in its last session: it is the same run, and not the same bits.</summary>
    public static void Tell(string path, RunManifest manifest, ITrainingObserver observer)
    {
        if (!RunFolder.HoldsRun(path) || RunFolder.EarlierSessions(path) is not [.., { Device: { } before }] || Kinds(before).SequenceEqual(Kinds(manifest.Device)))
        {
            return;
        }
        observer.Warn($"the run was trained on {before} and goes on on {manifest.Device}, where sums are taken in another order: its weights are not, bit for bit, those of a run without the change. " +
            "Name the same devices as before (--devices, --device; TrainingOptions.Devices) where that matters.");
    }

    /// <summary>GPUs of one machine are taken to be alike.</summary>
    private static IEnumerable<string> Kinds(string devices) => devices.Split(',').Select(device => device.Split(':')[0]);
}
