namespace SAMed.MLNet.Estimators.Data;

/// <summary>Which slice of which file every row is.</summary>
internal sealed class SliceTable
{
    private readonly int[] _firstRow;

    /// <summary>The slices of <paramref name="cases"/>, one after the other.</summary>
    /// <exception cref="ArgumentException">There are more than 2³¹ − 1 slices.</exception>
    public SliceTable(IReadOnlyList<CaseHeader> cases)
    {
        var rows = cases.Sum(header => (long)header.Depth);
        if (rows > int.MaxValue)
        {
            throw new ArgumentException($"The files hold {rows} slices; one data view takes at most {int.MaxValue}.", nameof(cases));
        }
        (Cases, RowCount) = (cases, (int)rows);
        _firstRow = new int[cases.Count];
        for (var file = 1; file < _firstRow.Length; file++)
        {
            _firstRow[file] = _firstRow[file - 1] + cases[file - 1].Depth;
        }
    }

    /// <summary>The files.</summary>
    public IReadOnlyList<CaseHeader> Cases { get; }

    /// <summary>Slices of all files.</summary>
    public int RowCount { get; }

    /// <summary>The rows of file number <paramref name="file"/>.</summary>
    public IEnumerable<int> RowsOf(int file) => Enumerable.Range(_firstRow[file], Cases[file].Depth);

    /// <summary>The file and the slice in it of <paramref name="row"/>.</summary>
    public (int File, int Z) Find(int row)
    {
        var at = Array.BinarySearch(_firstRow, row);
        var file = at >= 0 ? at : ~at - 1;
        return (file, row - _firstRow[file]);
    }
}
