using System.Buffers.Binary;
using System.Text.Json;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints.Safetensors;

/// <summary>safetensors: a 64-bit header length, a JSON header {name: {dtype, shape, data_offsets}}, the tensors without gaps or overlaps
/// (huggingface/safetensors, README "Format").</summary>
internal static class SafetensorsReader
{
    private const long MaxHeader = 100_000_000;
    private const int LengthBytes = 8;

    /// <summary>Reads the header; every tensor is checked to lie inside the file.</summary>
    public static CheckpointContent Read(FileBytes file)
    {
        Span<byte> length = stackalloc byte[LengthBytes];
        file.Read(0, length, "header length");
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (headerLength is < 2 or > MaxHeader || headerLength > file.Length - LengthBytes)
        {
            throw new CheckpointFormatException(file.FilePath, "header length", $"2 to {Math.Min(MaxHeader, file.Length - LengthBytes)}", $"{headerLength}");
        }
        var header = new byte[headerLength];
        file.Read(LengthBytes, header, "header");
        try
        {
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            return ReadHeader(file, document.RootElement, LengthBytes + headerLength);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(file.FilePath, "header", "a JSON object of tensors", "something else", fault);
        }
    }

    private static CheckpointContent ReadHeader(FileBytes file, JsonElement root, long dataStart)
    {
        var metadata = new Dictionary<string, string>();
        var tensors = new List<(string Name, StoredTensor Tensor, long Start, long End)>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var item in property.Value.EnumerateObject())
                {
                    metadata[item.Name] = item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : item.Value.GetRawText();
                }
                continue;
            }
            tensors.Add(ReadTensor(file, property.Name, property.Value, dataStart));
        }
        CheckCover(file, tensors, dataStart);
        var tree = SafetensorsStructure.Restore(file.FilePath, tensors.Select(tensor => KeyValuePair.Create(tensor.Name, tensor.Tensor)), metadata);
        return new CheckpointContent(file, file.FilePath, CheckpointContainer.Safetensors, tree, metadata);
    }

    private static (string Name, StoredTensor Tensor, long Start, long End) ReadTensor(FileBytes file, string name, JsonElement value, long dataStart)
    {
        if (!value.TryGetProperty("dtype", out var dtype) || !value.TryGetProperty("shape", out var shapes) || !value.TryGetProperty("data_offsets", out var offsets))
        {
            throw new CheckpointFormatException(file.FilePath, $"'{name}'", "dtype, shape and data_offsets", value.GetRawText());
        }
        var type = ElementTypes.FromSafetensors(dtype.GetString() ?? string.Empty)
            ?? throw new CheckpointFormatException(file.FilePath, $"'{name}', dtype", string.Join(", ", ElementTypes.Table.Select(row => row.Safetensors)), $"{dtype}");
        long[] shape = [.. shapes.EnumerateArray().Select(size => Size(file, name, size))];
        long[] range = [.. offsets.EnumerateArray().Select(offset => Size(file, name, offset))];
        var bytes = shape.Aggregate((Int128)ElementTypes.SizeOf(type), (product, size) => Int128.Min(product * size, long.MaxValue));
        if (range is not [var start, var end] || start > end || end > file.Length - dataStart || bytes != end - start)
        {
            throw new CheckpointFormatException(file.FilePath, $"'{name}', data_offsets", $"{bytes} bytes inside the {file.Length - dataStart} of data", $"[{string.Join(", ", range)}]");
        }
        var storage = new SectionStorage(file, $"'{name}'", dataStart + start, end - start);
        return (name, new StoredTensor(type, shape, StoredTensor.ContiguousStride(shape), 0, storage, RequiresGrad: false, IsParameter: false), start, end);
    }

    private static long Size(FileBytes file, string name, JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var size) && size >= 0
            ? size
            : throw new CheckpointFormatException(file.FilePath, $"'{name}'", "numbers that are not negative", element.GetRawText());

    private static void CheckCover(FileBytes file, List<(string Name, StoredTensor Tensor, long Start, long End)> tensors, long dataStart)
    {
        long expected = 0;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Start).ThenBy(tensor => tensor.End))
        {
            if (tensor.Start != expected)
            {
                throw new CheckpointFormatException(
                    file.FilePath,
                    $"'{tensor.Name}', data_offsets",
                    $"a start at {expected}, where the one before ends",
                    $"{tensor.Start} ({(tensor.Start < expected ? "an overlap" : "a hole")})");
            }
            expected = tensor.End;
        }
        if (expected != file.Length - dataStart)
        {
            throw new CheckpointFormatException(file.FilePath, "data", $"{expected} bytes, as the header says", $"{file.Length - dataStart}");
        }
    }
}
