using System.Globalization;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The files of weights that all trials start from, looked at before the first one: what does not fit would fail every trial. Names and shapes are read, no tensors.</summary>
internal static class SweepStart
{
    /// <summary>Refuses files that no trial, or not every one of <paramref name="points"/>, could start from.</summary>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    /// <exception cref="CheckpointFormatException">One of them is damaged, is of another kind or of another network.</exception>
    /// <exception cref="TrialSpecException">The LoRA file has another rank than a point.</exception>
    public static void Check(TrainingRunOptions run, IEnumerable<TrainingRunOptions> points)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.SamFile is { } sam)
        {
            var found = Inspect(sam, "SAM file (--sam, SamFile)");
            if (found.Kind != CheckpointKind.Sam)
            {
                throw new CheckpointFormatException(sam, "kind", "a SAM checkpoint to start from (--sam, SamFile)", found.Description);
            }
            RequireSize(sam, "embed_dim", run.Model.EmbedDim, found.EmbedDim);
            RequireSize(sam, "depth", run.Model.Depth, found.Depth);
        }
        if (run.LoraFile is { } lora)
        {
            CheckLora(lora, run, points);
        }
    }

    private static void CheckLora(string lora, TrainingRunOptions run, IEnumerable<TrainingRunOptions> points)
    {
        var found = Inspect(lora, "LoRA file (--lora, LoraFile)");
        if (found.Kind is CheckpointKind.Optimizer or CheckpointKind.Other)
        {
            throw new CheckpointFormatException(lora, "kind", "a LoRA file to start from (--lora, LoraFile)", found.Description);
        }
        RequireSize(lora, "embed_dim", run.Model.EmbedDim, found.EmbedDim);
        long[] others = [.. points.Where(point => point.Lora.Placement != LoraPlacement.None && found.Rank is { } rank && point.Lora.Rank != rank).Select(point => (long)point.Lora.Rank).Distinct()];
        if (others.Length > 0)
        {
            throw new TrialSpecException("The search space has points that cannot be trained",
                [new("rank", FormattableString.Invariant($"{found.Rank}, that of {lora}, which all trials start from"), string.Join(", ", others.Select(rank => rank.ToString(CultureInfo.InvariantCulture))))]);
        }
    }

    private static CheckpointSummary Inspect(string path, string what) => File.Exists(path)
        ? CheckpointInspector.Inspect(path)
        : throw new FileNotFoundException($"{path}: there is no such {what}.", path);

    private static void RequireSize(string path, string field, int wanted, int? found)
    {
        if (found is { } size && size != wanted)
        {
            throw new CheckpointFormatException(path, field, FormattableString.Invariant($"{wanted}, that of the network (--model)"), size.ToString(CultureInfo.InvariantCulture));
        }
    }
}
