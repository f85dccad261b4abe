using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The volumes that a cursor has decoded and still has slices of to give.</summary>
internal sealed class HeldCases(SliceTable index, CaseReader reader)
{
    private readonly Dictionary<int, HeldCase> _held = [];

    /// <summary>The channels of the image of file number <paramref name="file"/>; decoded when it is asked for first.</summary>
    public IReadOnlyList<Volume<float>> Image(int file)
    {
        var held = Held(file);
        return held.Image ??= reader.ReadChannels(index.Cases[file]);
    }

    /// <summary>Its labels; decoded when they are asked for first.</summary>
    public Volume<byte> Label(int file)
    {
        var held = Held(file);
        return held.Label ??= reader.ReadLabels(index.Cases[file]);
    }

    /// <summary>One slice of the file has been given, or passed over. After its last one the file is let go.</summary>
    public void Leave(int file)
    {
        if (++Held(file).Given == index.Cases[file].Depth)
        {
            _held.Remove(file);
        }
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear() => _held.Clear();

    private HeldCase Held(int file)
    {
        if (!_held.TryGetValue(file, out var held))
        {
            _held.Add(file, held = new());
        }
        return held;
    }

    private sealed class HeldCase
    {
        public IReadOnlyList<Volume<float>>? Image { get; set; }

        public Volume<byte>? Label { get; set; }

        public int Given { get; set; }
    }
}
