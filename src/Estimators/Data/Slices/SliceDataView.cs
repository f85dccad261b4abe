using Microsoft.ML;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Slices of files as rows. The headers are read when it is made, voxels when a row's image or label is asked for.</summary>
internal sealed class SliceDataView : IDataView
{
    private readonly SliceTable _index;
    private readonly CaseReader _reader;
    private readonly int _volumesInMemory;

    private SliceDataView(SliceTable index, CaseReader reader, SliceDataOptions options, bool hasLabels)
    {
        (_index, _reader, _volumesInMemory) = (index, reader, options.VolumesInMemory);
        Schema = SliceSchema.Create(hasLabels, options.Labels);
    }

    /// <inheritdoc/>
    public bool CanShuffle => true;

    /// <inheritdoc/>
    public DataViewSchema Schema { get; }

    /// <summary>Reads the headers of <paramref name="files"/>.</summary>
    /// <exception cref="ArgumentException">There are none, only some have labels, a case is given twice, or an option is out of range.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="SAMed.MLNet.Imaging.VolumeFormatException">A header makes no sense, or image and label do not belong together.</exception>
    public static SliceDataView Create(IReadOnlyList<CaseFiles> files, SliceDataOptions options, IVolumeFiles? volumeFiles = null)
    {
        options.Validate();
        RefuseUnclear(files);
        var reader = new CaseReader(options.Labels, options.Orientation, options.Channels, volumeFiles);
        return new(new([.. files.Select(reader.ReadHeader)]), reader, options, hasLabels: files[0].LabelPath is not null);
    }

    /// <inheritdoc/>
    public long? GetRowCount() => _index.RowCount;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        Cursor(columnsNeeded, rand is null ? RowOrder.Sequential(_index) : RowOrder.Shuffled(_index, parts: 1, _volumesInMemory, rand.NextInt64())[0]);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        var parts = Math.Max(1, n);
        var orders = rand is null ? RowOrder.Sequential(_index, parts) : RowOrder.Shuffled(_index, parts, _volumesInMemory, rand.NextInt64());
        return [.. orders.Select(order => Cursor(columns, order))];
    }

    private SliceCursor Cursor(IEnumerable<DataViewSchema.Column> columns, IReadOnlyList<RowRun> order) => new(Schema, _index, _reader, order, columns);

    private static void RefuseUnclear(IReadOnlyList<CaseFiles> files)
    {
        if (files.Count == 0)
        {
            throw new ArgumentException("There are no files to load slices from: the list is empty.", nameof(files));
        }
        if (files.FirstOrDefault(file => string.IsNullOrWhiteSpace(file.Name)) is { } unnamed)
        {
            throw new ArgumentException($"{unnamed.ImagePath}: the case has no name. Splits and scores go by the case: give every file one.", nameof(files));
        }
        // One schema goes for all rows: it has a Label column or none.
        if (files.FirstOrDefault(file => file.LabelPath is null) is { } unlabelled && files.FirstOrDefault(file => file.LabelPath is not null) is { } labelled)
        {
            throw new ArgumentException($"The case '{unlabelled.Name}' ({unlabelled.ImagePath}) has no label file, but '{labelled.Name}' ({labelled.LabelPath}) has one. " +
                "A data view has labels for all of its rows or for none: give every file its labels, or load those without in a view of their own, as a list of image paths.", nameof(files));
        }
        foreach (var group in files.GroupBy(file => file.Name, StringComparer.Ordinal))
        {
            CaseFiles[] same = [.. group];
            if (same.Length > 1 && (same.FirstOrDefault(file => file.SliceIndex is null) is not null || same.DistinctBy(file => file.SliceIndex).Count() < same.Length))
            {
                throw new ArgumentException(
                    $"The case '{group.Key}' is given twice: {string.Join(", ", same.Take(3).Select(Describe))}{(same.Length > 3 ? ", …" : "")}. " +
                    "A case is one volume, or slices of different numbers; name different patients differently.", nameof(files));
            }
        }
    }

    private static string Describe(CaseFiles file) => file.SliceIndex is { } slice ? $"{file.ImagePath} (slice {slice})" : file.ImagePath;
}
