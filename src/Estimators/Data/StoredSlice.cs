namespace SAMed.MLNet.Estimators.Data;

/// <summary>A training slice as it is kept in memory: windowed, at the size it is augmented at.</summary>
/// <param name="Case">The patient.</param>
/// <param name="Index">Slice number.</param>
/// <param name="Height">Rows h.</param>
/// <param name="Width">Columns w.</param>
/// <param name="Image">[C, h, w] float32, in about [0, 1]; C is 1, or 3 for pictures in colour.</param>
/// <param name="Label">[h, w] class ids, 0 = background.</param>
public sealed record StoredSlice(string Case, int Index, int Height, int Width, float[] Image, byte[] Label)
{
    /// <summary>Channels C of <see cref="Image"/>.</summary>
    public int Channels => Image.Length / (Height * Width);
}
