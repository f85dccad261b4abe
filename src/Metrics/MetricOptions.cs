namespace SAMed.MLNet.Metrics;

/// <summary>How segmentations are scored.</summary>
public sealed record MetricOptions
{
    /// <summary>What missing organs score; <see cref="EmptyMaskPolicy.Strict"/> by default.</summary>
    public EmptyMaskPolicy Policy { get; init; } = EmptyMaskPolicy.Strict;

    /// <summary>The unit of distances; millimetres by default.</summary>
    public DistanceUnit Unit { get; init; } = DistanceUnit.Millimetre;

    /// <summary>Tolerance of NSD in mm, used with <see cref="DistanceUnit.Millimetre"/>; 3 by default, as TotalSegmentator reports it.</summary>
    public double NsdToleranceMm { get; init; } = 3;

    /// <summary>Tolerance of NSD in voxels, used with <see cref="DistanceUnit.Voxel"/>; 1 by default.</summary>
    public double NsdToleranceVoxels { get; init; } = 1;

    /// <summary>Whether, with <see cref="DistanceUnit.Millimetre"/>, both volumes must lie at one place in the patient: true by default. Turn it off only when
    /// one of the files carries no geometry. Sizes must agree in every case, and with <see cref="DistanceUnit.Voxel"/> nothing else must.</summary>
    public bool RequireSamePlace { get; init; } = true;

    /// <summary>Number of bootstrap resamples behind each confidence interval; 2,000 by default.</summary>
    public int BootstrapSamples { get; init; } = 2000;

    /// <summary>Seed of the bootstrap; 1234 by default. The same cases and the same seed give the same intervals on every machine.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>The tolerance of NSD in the unit of the distances.</summary>
    internal double NsdTolerance => Unit == DistanceUnit.Millimetre ? NsdToleranceMm : NsdToleranceVoxels;

    /// <summary>Refuses impossible values, all at once.</summary>
    /// <exception cref="ArgumentException">At least one option is outside its range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        void Require(bool valid, string fault)
        {
            if (!valid)
            {
                faults.Add(fault);
            }
        }
        Require(Enum.IsDefined(Policy), $"{nameof(Policy)} is Strict or Paper, got {Policy}");
        Require(Enum.IsDefined(Unit), $"{nameof(Unit)} is Millimetre or Voxel, got {Unit}");
        Require(double.IsFinite(NsdToleranceMm) && NsdToleranceMm >= 0, $"{nameof(NsdToleranceMm)} is 0 or more, got {NsdToleranceMm}");
        Require(double.IsFinite(NsdToleranceVoxels) && NsdToleranceVoxels >= 0, $"{nameof(NsdToleranceVoxels)} is 0 or more, got {NsdToleranceVoxels}");
        Require(BootstrapSamples is >= 1 and <= 1_000_000, $"{nameof(BootstrapSamples)} lies in 1..1,000,000, got {BootstrapSamples}");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Metric options: {string.Join("; ", faults)}.");
        }
    }
}
