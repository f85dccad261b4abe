namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>One thing in the body: what is inside any of <see cref="Parts"/> and none of <see cref="Holes"/>.</summary>
internal sealed record Structure
{
    /// <summary>Class id, 0 for what is not labelled.</summary>
    public ushort Label { get; init; }

    /// <summary>Mean attenuation in HU.</summary>
    public required double Hu { get; init; }

    public required IReadOnlyList<Blob> Parts { get; init; }

    public IReadOnlyList<Blob> Holes { get; init; } = [];

    /// <summary>Whether it ends at the wall of the abdominal cavity; else it may lie anywhere in the body.</summary>
    public bool InCavity { get; init; } = true;

    public bool Contains(double u, double v, double w)
    {
        foreach (var hole in Holes)
        {
            if (hole.Contains(u, v, w))
            {
                return false;
            }
        }
        foreach (var part in Parts)
        {
            if (part.Contains(u, v, w))
            {
                return true;
            }
        }
        return false;
    }
}
