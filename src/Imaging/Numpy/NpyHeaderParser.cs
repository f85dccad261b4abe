using System.Globalization;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>Reads the one Python literal that an npy header is: a dictionary of `descr`, `fortran_order` and `shape`.
/// Nothing else of the language is understood, and nothing is evaluated.</summary>
internal sealed class NpyHeaderParser(string text, string path, string prefix)
{
    private int _at;

    /// <summary>The header.</summary>
    /// <exception cref="VolumeFormatException">Any other text.</exception>
    public NpyHeader Parse()
    {
        string? descr = null;
        bool? fortranOrder = null;
        List<long>? shape = null;
        Expect('{', "a dictionary");
        while (Peek() != '}')
        {
            var key = ReadString("a key in quotes");
            Expect(':', "':' after a key");
            switch (key)
            {
                case "descr" when descr is null:
                    descr = ReadDescr();
                    break;
                case "fortran_order" when fortranOrder is null:
                    fortranOrder = ReadBool();
                    break;
                case "shape" when shape is null:
                    shape = ReadShape();
                    break;
                default:
                    throw Fault("header keys", "descr, fortran_order and shape, once each", $"'{Cut(key)}'");
            }
            if (Peek() != '}')
            {
                Expect(',', "',' or '}' after a value");
            }
        }
        _at++;
        if (Peek() != '\0')
        {
            throw Fault("header", "nothing after the dictionary", Here());
        }
        if (descr is null || fortranOrder is null || shape is null)
        {
            throw Fault("header keys", "descr, fortran_order and shape", "a header without " + (descr is null ? "descr" : shape is null ? "shape" : "fortran_order"));
        }
        return NpyHeader.Create(NpyType.Parse(descr, path, prefix + "dtype"), fortranOrder.Value, shape, path, prefix);
    }

    private string ReadDescr() => Peek() is '\'' or '"'
        ? ReadString("a dtype")
        : throw Fault("dtype", "one numeric type such as '<f4'", $"a structured or unknown dtype {Here()}");

    private bool ReadBool()
    {
        Peek();
        foreach (var (word, value) in new[] { ("True", true), ("False", false) })
        {
            if (string.CompareOrdinal(text, _at, word, 0, word.Length) == 0)
            {
                _at += word.Length;
                return value;
            }
        }
        throw Fault("fortran_order", "True or False", Here());
    }

    private List<long> ReadShape()
    {
        var shape = new List<long>();
        var commas = 0;
        Expect('(', "a tuple", "shape");
        while (Peek() != ')')
        {
            if (commas < shape.Count)
            {
                throw Fault("shape", "',' between the sizes", Here());
            }
            shape.Add(ReadSize());
            if (Peek() == ',')
            {
                _at++;
                commas++;
            }
        }
        _at++;
        return shape.Count == 1 && commas == 0 ? throw Fault("shape", "a tuple", $"the number ({shape[0]})") : shape;
    }

    private long ReadSize()
    {
        Peek();
        var start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            _at++;
        }
        if (_at == start || !long.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            _at = start;
            throw Fault("shape", "sizes that are whole numbers, 0 or more", Here());
        }
        if (_at < text.Length && text[_at] == 'L')
        {
            _at++; // Python 2 wrote long integers so.
        }
        return size;
    }

    private string ReadString(string what)
    {
        var quote = Peek();
        var end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
        if (end < 0)
        {
            throw Fault("header", what, Here());
        }
        var value = text[(_at + 1)..end];
        _at = end + 1;
        return value;
    }

    private void Expect(char wanted, string what, string field = "header")
    {
        if (Peek() != wanted)
        {
            throw Fault(field, what, Here());
        }
        _at++;
    }

    /// <summary>The next character that is no white space, or 0 at the end; the position moves to it.</summary>
    private char Peek()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
        {
            _at++;
        }
        return _at < text.Length ? text[_at] : '\0';
    }

    private string Here() => _at < text.Length ? $"'{Cut(text[_at..])}'" : "the end of the header";

    private static string Cut(string value)
    {
        var line = value.Replace('\n', ' ').TrimEnd();
        return line.Length > 40 ? line[..40] + "…" : line;
    }

    private VolumeFormatException Fault(string field, string expected, string got) => new(path, prefix + field, expected, got);
}
