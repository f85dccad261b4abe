namespace SAMed.MLNet.Estimators.Training;

/// <summary>The reference's learning rate as a pure function of the optimiser step: linear warm-up, then polynomial decay (trainer.py).</summary>
/// <param name="BaseLearningRate">The highest rate.</param>
/// <param name="WarmupSteps">Steps of warm-up; 0 = none.</param>
/// <param name="TotalSteps">Steps that the decay is stretched over, <c>max_epochs × steps per epoch</c>; the warm-up does not shorten it.</param>
/// <param name="Exponent">Exponent of the decay.</param>
public readonly record struct LearningRateSchedule(double BaseLearningRate, int WarmupSteps, long TotalSteps, double Exponent)
{
    /// <summary>The rate that the 0-based optimiser step <paramref name="step"/> uses. The reference sets the rate after each step,
    /// so steps 0 and 1 share the first warm-up value and the decay lags by one step.</summary>
    public double At(long step) => step == 0 ? (WarmupSteps > 0 ? BaseLearningRate / WarmupSteps : BaseLearningRate) : After(step - 1);

    /// <summary>The rate that is set once step <paramref name="step"/> is done. Never below 0, also past the end of the schedule.</summary>
    public double After(long step)
    {
        if (WarmupSteps > 0 && step < WarmupSteps)
        {
            return BaseLearningRate * ((step + 1.0) / WarmupSteps);
        }
        var decayed = WarmupSteps > 0 ? step - WarmupSteps : step;
        return BaseLearningRate * Math.Pow(Math.Max(0, 1.0 - ((double)decayed / TotalSteps)), Exponent);
    }
}
