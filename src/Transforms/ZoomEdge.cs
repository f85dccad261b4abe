namespace SAMed.MLNet.Transforms;

/// <summary>What to do with the last row or column when rounding puts its sampling coordinate one unit in the last place outside the source.</summary>
public enum ZoomEdge
{
    /// <summary>Take the source's last row or column: what the corner-aligned grid means.</summary>
    Exact = 0,

    /// <summary>Fill with zero, as scipy.ndimage.zoom (mode constant) does and therefore the published SAMed: 512→224 always ends in a zero row and column.
    /// 53,949 of the 1,046,529 pairs of sizes in 2..1024 are affected.</summary>
    Paper = 1,
}
