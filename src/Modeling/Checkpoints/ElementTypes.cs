using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>One row per element type: its size and its names in each file format and in TorchSharp.</summary>
internal static class ElementTypes
{
    /// <summary>Names of one element type; <see cref="Storage"/> and <see cref="Scalar"/> are null where PyTorch 1.x or TorchSharp lacks the type.</summary>
    internal sealed record Row(ElementType Type, int Size, string Name, string Safetensors, string? Storage, ScalarType? Scalar);

    /// <summary>The table.</summary>
    public static IReadOnlyList<Row> Table { get; } =
    [
        new(ElementType.Float64, 8, "float64", "F64", "DoubleStorage", ScalarType.Float64),
        new(ElementType.Float32, 4, "float32", "F32", "FloatStorage", ScalarType.Float32),
        new(ElementType.Float16, 2, "float16", "F16", "HalfStorage", ScalarType.Float16),
        new(ElementType.BFloat16, 2, "bfloat16", "BF16", "BFloat16Storage", ScalarType.BFloat16),
        new(ElementType.Int64, 8, "int64", "I64", "LongStorage", ScalarType.Int64),
        new(ElementType.Int32, 4, "int32", "I32", "IntStorage", ScalarType.Int32),
        new(ElementType.Int16, 2, "int16", "I16", "ShortStorage", ScalarType.Int16),
        new(ElementType.Int8, 1, "int8", "I8", "CharStorage", ScalarType.Int8),
        new(ElementType.UInt8, 1, "uint8", "U8", "ByteStorage", ScalarType.Byte),
        new(ElementType.Bool, 1, "bool", "BOOL", "BoolStorage", ScalarType.Bool),
        new(ElementType.UInt16, 2, "uint16", "U16", null, null),
        new(ElementType.UInt32, 4, "uint32", "U32", null, null),
        new(ElementType.UInt64, 8, "uint64", "U64", null, null),
    ];

    /// <summary>The row of <paramref name="type"/>.</summary>
    public static Row Of(ElementType type) => Table[(int)type];

    /// <summary>The bytes of one element.</summary>
    public static int SizeOf(ElementType type) => Of(type).Size;

    /// <summary>PyTorch's name of the type, as "float32".</summary>
    public static string NameOf(ElementType type) => Of(type).Name;

    /// <summary>The type of PyTorch's name, as "float32" or "half", or null.</summary>
    public static ElementType? FromName(string name) => name switch
    {
        "double" => ElementType.Float64,
        "float" => ElementType.Float32,
        "half" => ElementType.Float16,
        "long" => ElementType.Int64,
        "int" => ElementType.Int32,
        "short" => ElementType.Int16,
        _ => Table.FirstOrDefault(row => row.Name == name)?.Type,
    };

    /// <summary>The type of a safetensors tag, as "F32", or null.</summary>
    public static ElementType? FromSafetensors(string tag) => Table.FirstOrDefault(row => row.Safetensors == tag)?.Type;

    /// <summary>The type of a TorchSharp scalar type, or null (complex and quantised types).</summary>
    public static ElementType? FromScalar(ScalarType scalar) => Table.FirstOrDefault(row => row.Scalar == scalar)?.Type;
}
