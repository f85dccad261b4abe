namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>One element type of the npy format: its .NET type, its NumPy code (kind and size) and its byte order in a file.</summary>
internal readonly record struct NpyType(Type Type, string Code, bool BigEndian)
{
    private static readonly (Type Type, string Code)[] Known =
    [
        (typeof(bool), "b1"), (typeof(sbyte), "i1"), (typeof(byte), "u1"), (typeof(short), "i2"), (typeof(ushort), "u2"), (typeof(int), "i4"),
        (typeof(uint), "u4"), (typeof(long), "i8"), (typeof(ulong), "u8"), (typeof(Half), "f2"), (typeof(float), "f4"), (typeof(double), "f8"),
    ];

    /// <summary>NumPy's name: bool, int16, float32 …</summary>
    public string Name => Code == "b1" ? "bool" : Code[0] switch { 'i' => "int", 'u' => "uint", _ => "float" } + (8 * Size);

    /// <summary>Bytes per element.</summary>
    public int Size => Code[1] - '0';

    /// <summary>The header's `descr` for this type, e.g. `&lt;f4`.</summary>
    public string Descr => (Size == 1 ? "|" : BigEndian ? ">" : "<") + Code;

    /// <summary>The little-endian form of a .NET type.</summary>
    /// <exception cref="NotSupportedException">The type has no counterpart.</exception>
    public static NpyType Of(Type type)
    {
        foreach (var known in Known)
        {
            if (known.Type == type)
            {
                return new(type, known.Code, false);
            }
        }
        throw new NotSupportedException($"npy files hold {string.Join(", ", Known.Select(k => k.Type.Name))}; got {type.Name}.");
    }

    /// <summary>The type that a header's `descr` names.</summary>
    /// <exception cref="VolumeFormatException">It is none of the numeric types.</exception>
    public static NpyType Parse(string descr, string path, string field)
    {
        var code = descr.Length > 0 && descr[0] is '<' or '>' or '|' or '=' ? descr[1..] : descr;
        foreach (var known in Known)
        {
            if (known.Code == code)
            {
                return new(known.Type, code, descr[0] == '>');
            }
        }
        var what = code.Length == 0 ? "an empty text" : code[0] switch
        {
            'O' => $"'{descr}' (Python objects: a pickle, which is never opened; save the array with a numeric dtype)",
            'c' => $"'{descr}' (complex numbers)",
            'U' or 'S' or 'a' => $"'{descr}' (text)",
            'M' or 'm' => $"'{descr}' (dates)",
            'V' => $"'{descr}' (raw records)",
            _ => $"'{descr}'",
        };
        throw new VolumeFormatException(path, field, $"one of {string.Join(", ", Known.Select(k => k.Code))}", what);
    }
}
