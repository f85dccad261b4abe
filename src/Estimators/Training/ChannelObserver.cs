using Microsoft.ML.Runtime;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Tells of a training run through ML.NET's channel, which MLContext.Log listens to, and through the caller's progress.</summary>
internal sealed class ChannelObserver(IChannel channel, IProgress<TrainingProgress>? progress) : ITrainingObserver
{
    private bool _begun;

    /// <inheritdoc/>
    public void Note(string text) => channel.Info(MessageSensitivity.None, "{0}", text);

    /// <inheritdoc/>
    public void Warn(string text) => channel.Warning(MessageSensitivity.None, "{0}", text);

    /// <inheritdoc/>
    public void Reading(int done, int total) => channel.Trace(MessageSensitivity.None, "read {0} of {1} files", done, total);

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        var line = FormattableString.Invariant($"step {value.Step}/{value.TotalSteps}, epoch {value.Epoch}/{value.Epochs}: loss {value.Losses.Total:0.0000}, {value.ImagesPerSecond:0.0} slices/s");
        if (value.ValidationDice is { } dice)
        {
            Note(FormattableString.Invariant($"epoch {value.Epoch}/{value.Epochs}: loss {value.Losses.Total:0.0000}, validation Dice {dice:0.0000}{(value.IsBest ? ", the best so far" : "")}"));
        }
        else if (!_begun || value.Step % Math.Max(1, value.TotalSteps / value.Epochs) == 0)
        {
            // The first step, to show that it has begun, and the last of each epoch.
            Note(line);
            _begun = true;
        }
        else
        {
            channel.Trace(MessageSensitivity.None, "{0}", line);
        }
        progress?.Report(value);
    }
}
