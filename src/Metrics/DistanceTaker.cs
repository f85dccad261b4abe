namespace SAMed.MLNet.Metrics;

/// <summary>Takes the distances of one set's voxels to another, part by part: a part comes from one thread, and its number and its order do not depend on how many there are.
/// Voxels that lie in both sets are not told: their distance is 0.</summary>
internal abstract class DistanceTaker
{
    /// <summary>Begins part <paramref name="part"/>.</summary>
    public abstract Part Begin(int part);

    /// <summary>One part.</summary>
    internal abstract class Part
    {
        /// <summary>Takes the distance of the voxel at <paramref name="x"/> in row z·H + y.</summary>
        public abstract void Take(int row, int x, double distance);

        /// <summary>Every distance of the part has been taken.</summary>
        public virtual void End()
        {
        }
    }
}
