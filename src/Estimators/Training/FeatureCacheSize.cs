namespace SAMed.MLNet.Estimators.Training;

/// <summary>What a feature cache is going to take, before it does.</summary>
internal static class FeatureCacheSize
{
    /// <summary>Tells the observer, with a warning where it does not fit on the disk.</summary>
    /// <param name="folder">The cache's own folder, which is there.</param>
    /// <param name="pattern">Its files.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="slices">Slices to train on.</param>
    /// <param name="bytesEach">Bytes of one file.</param>
    /// <param name="bytesThere">Bytes of the files that are there already.</param>
    /// <param name="frozenBlocks">Blocks before the features.</param>
    /// <param name="observer">Gets the lines.</param>
    public static void Tell(string folder, string pattern, TrainingOptions options, int slices, long bytesEach, long bytesThere, int frozenBlocks, ITrainingObserver? observer)
    {
        if (observer is null)
        {
            return;
        }
        // A set that is larger than the number of epochs is not used up.
        var images = (long)slices * Math.Min(options.AugmentationSet ?? 1, options.Epochs);
        var free = Free(folder);
        observer.Note(FormattableString.Invariant($"Feature cache {folder}: the first {frozenBlocks} encoder blocks are computed once for each of at most {images} images") +
            $" ({slices} slices{(options.AugmentationSet is { } set ? $", {set} augmentations" : "")}), {Text(bytesEach)} each, {Text(images * bytesEach)} in all" +
            (options.FeatureCache!.MaxBytes is { } most ? $", of which {Text(most)} are allowed" : "") +
            $"; {Directory.EnumerateFiles(folder, pattern).Count()} of them ({Text(bytesThere)}) are there" + (free is { } bytes ? $", {Text(bytes)} are free on the disk" : ""));
        var wanted = Math.Min(images * bytesEach, options.FeatureCache.MaxBytes ?? long.MaxValue) - bytesThere;
        if (free < wanted)
        {
            observer.Warn($"the feature cache wants {Text(wanted)} more, and {Text(free.Value)} are free on the disk: what does not fit is computed in every epoch. Set a limit (--cache-limit, FeatureCache.MaxBytes) to keep room for other files.");
        }
        TellOfOthers(folder, pattern, observer);
    }

    /// <summary>For instance <c>3.0 MiB</c>.</summary>
    private static string Text(long bytes) => bytes switch
    {
        < 1 << 20 => FormattableString.Invariant($"{bytes / 1024.0:0.0} KiB"),
        < 1 << 30 => FormattableString.Invariant($"{bytes / (double)(1 << 20):0.0} MiB"),
        _ => FormattableString.Invariant($"{bytes / (double)(1 << 30):0.0} GiB"),
    };

    /// <summary>Nobody else would ever say that they can be deleted.</summary>
    private static void TellOfOthers(string folder, string pattern, ITrainingObserver observer)
    {
        var others = Directory.GetParent(folder)!.EnumerateDirectories().Where(other => other.FullName != folder)
            .SelectMany(other => other.EnumerateFiles(pattern)).ToLookup(file => file.DirectoryName, file => file.Length);
        if (others.Count > 0)
        {
            observer.Note($"Feature cache: {others.Count} other folder{(others.Count == 1 ? "" : "s")} beside it ({Text(others.Sum(files => files.Sum()))}) hold{(others.Count == 1 ? "s" : "")} features of other weights or settings. " +
                "Delete what no run needs any more.");
        }
    }

    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        // The disk is there, and tells nothing about itself.
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
