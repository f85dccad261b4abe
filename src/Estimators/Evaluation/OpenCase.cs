using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>A case of which some slices have come: two label volumes that fill up.</summary>
internal sealed class OpenCase
{
    private readonly SliceGrid _grid;
    private readonly int _first;
    private readonly bool[] _seen;
    private readonly LabelVolume _prediction;
    private readonly LabelVolume _reference;
    private int _missing;

    /// <summary>A case of <paramref name="count"/> slices from number <paramref name="first"/> on, of the size of the present slice.</summary>
    /// <exception cref="InvalidOperationException">The volume would be larger than an array can be.</exception>
    public OpenCase(ScoredSliceReader slice, int first, int count)
    {
        (_grid, _first, _missing, _seen) = (slice.Grid, first, count, new bool[count]);
        if ((double)count * _grid.Height * _grid.Width > Array.MaxLength)
        {
            throw slice.Fault($"{count} slices of {_grid.Height}×{_grid.Width} pixels are more than one volume can hold");
        }
        var geometry = Geometry.Unplaced(count, _grid.Height, _grid.Width, _grid.SpacingX, _grid.SpacingY, _grid.SpacingZ);
        (_prediction, _reference) = (new(geometry), new(geometry));
    }

    /// <summary>Whether every slice has come.</summary>
    public bool IsComplete => _missing == 0;

    /// <summary>The highest class in either volume.</summary>
    public int HighestClass { get; private set; }

    /// <summary>Predicted classes.</summary>
    public LabelVolume Prediction => _prediction;

    /// <summary>True classes.</summary>
    public LabelVolume Reference => _reference;

    /// <summary>Takes the labels of the present slice.</summary>
    /// <exception cref="InvalidOperationException">The slice does not fit the case, or its labels do not fit the slice.</exception>
    public void Add(ScoredSliceReader slice, int highestClass)
    {
        if (slice.Grid != _grid)
        {
            throw slice.Fault($"it has {slice.Grid}, but other slices of the case have {_grid}. Slices of one volume have one size and spacing");
        }
        var z = slice.Slice - _first;
        if (z < 0 || z >= _seen.Length || _seen[z])
        {
            throw slice.Fault("the rows differ from those of the pass before. Evaluation reads the data view twice: it must give the same rows each time");
        }
        _seen[z] = true;
        _missing--;
        HighestClass = Math.Max(HighestClass, Math.Max(slice.ReadLabel(_reference.Slice(z), highestClass), slice.ReadPrediction(_prediction.Slice(z), highestClass)));
    }
}
