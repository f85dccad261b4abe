using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;

namespace SAMed.MLNet.Modeling.Checkpoints.Safetensors;

/// <summary>Writes safetensors. The header lists the tensors in the given order; their data follow by falling element size, so that every tensor is aligned
/// as readers that map the file want it.</summary>
internal static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;
    private const string MetadataKey = "__metadata__";

    /// <summary>Writes to <paramref name="stream"/>; <paramref name="path"/> is named in errors.</summary>
    /// <exception cref="CheckpointFormatException">A tensor has the name that the header keeps for the metadata.</exception>
    public static void Write(Stream stream, string path, FlatTree tree, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken = default)
    {
        if (tree.Tensors.Any(pair => pair.Key == MetadataKey))
        {
            throw new CheckpointFormatException(path, MetadataKey, "no tensor of that name, which safetensors keeps for its metadata (rename it, or write .pth)", "one");
        }
        var placed = tree.Tensors.OrderByDescending(pair => ElementTypes.SizeOf(pair.Value.Type)).ToList();
        var header = Header(tree, placed, metadata);
        var padding = (HeaderAlignment - (header.Length % HeaderAlignment)) % HeaderAlignment;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + padding);
        stream.Write(length);
        stream.Write(header);
        stream.Write(Enumerable.Repeat((byte)' ', padding).ToArray());
        foreach (var (_, tensor) in placed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var buffer = new NativeBuffer(tensor.ByteLength);
            StridedReader.Read(tensor, buffer.Span);
            buffer.Span.ForEachChunk(chunk => stream.Write(chunk));
        }
    }

    private static byte[] Header(FlatTree tree, IEnumerable<KeyValuePair<string, StoredTensor>> placed, IReadOnlyDictionary<string, string> metadata)
    {
        var starts = new Dictionary<string, long>();
        long end = 0;
        foreach (var (name, tensor) in placed)
        {
            starts[name] = end;
            end += tensor.ByteLength;
        }
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            WriteMetadata(writer, metadata.Concat(SafetensorsStructure.Describe(tree)));
            foreach (var (name, tensor) in tree.Tensors)
            {
                WriteTensor(writer, name, tensor, starts[name]);
            }
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        writer.WriteStartObject(MetadataKey);
        foreach (var (key, value) in metadata)
        {
            writer.WriteString(key, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter writer, string name, StoredTensor tensor, long start)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", ElementTypes.Of(tensor.Type).Safetensors);
        WriteNumbers(writer, "shape", tensor.Shape);
        WriteNumbers(writer, "data_offsets", [start, start + tensor.ByteLength]);
        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
        {
            writer.WriteNumberValue(number);
        }
        writer.WriteEndArray();
    }
}
