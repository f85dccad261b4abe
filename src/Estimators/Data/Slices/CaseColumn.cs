using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The cases that the rows of some data belong to, found by one pass over that column alone.</summary>
internal sealed class CaseColumn
{
    private readonly IDataView _data;
    private readonly DataViewSchema.Column _column;
    private readonly Dictionary<string, long> _rowsOf = new(StringComparer.Ordinal);

    /// <summary>Reads the column <paramref name="name"/>.</summary>
    /// <exception cref="SAMed.MLNet.Transforms.SchemaMismatchException">It is missing or no text.</exception>
    /// <exception cref="ArgumentException">There are no rows, or a row has no case.</exception>
    public CaseColumn(IDataView data, string name)
    {
        (_data, _column) = (data, InputColumns.RequireScalar(data.Schema, name, "case", TextDataViewType.Instance));
        List<string> cases = [];
        using var cursor = data.GetRowCursor([_column]);
        var read = new CaseGetter(cursor, _column);
        while (cursor.MoveNext())
        {
            var value = read.Current();
            if (string.IsNullOrWhiteSpace(value))
            {
                throw new ArgumentException($"The case column '{name}' is empty in row {cursor.Position}: rows without a case cannot be kept apart by patient.", nameof(data));
            }
            if (!_rowsOf.TryAdd(value, 1))
            {
                _rowsOf[value]++;
                continue;
            }
            cases.Add(value);
        }
        Cases = cases.Count > 0 ? cases : throw new ArgumentException("There is nothing to split: the data have no rows.", nameof(data));
    }

    /// <summary>The cases, each once, in order of appearance.</summary>
    public IReadOnlyList<string> Cases { get; }

    /// <summary>The data in two parts.</summary>
    public CaseSplit Split(IReadOnlyList<string> training, IReadOnlyList<string> test) => new(Only(training), Only(test), training, test);

    private CaseFilter Only(IReadOnlyList<string> cases) => new(_data, _column, cases.ToHashSet(StringComparer.Ordinal), cases.Sum(name => _rowsOf[name]));
}

/// <summary>The case of the present row. Rows of a case mostly follow each other: then no text is made anew.</summary>
internal sealed class CaseGetter(DataViewRow row, DataViewSchema.Column column)
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _read = row.GetGetter<ReadOnlyMemory<char>>(column);
    private ReadOnlyMemory<char> _value;
    private string _last = "";

    public string Current()
    {
        _read(ref _value);
        return _value.Span.SequenceEqual(_last) ? _last : _last = _value.ToString();
    }
}
