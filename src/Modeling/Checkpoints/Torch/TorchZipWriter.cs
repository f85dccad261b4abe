using System.Globalization;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;
using SAMed.MLNet.Modeling.Checkpoints.Zip;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Checkpoints.Torch;

/// <summary>Writes what torch.save writes (zip form, protocol 2): every tensor contiguous, on the CPU, in a storage of its own, but for tensors that are the same view of one storage
/// (tied weights), which stay tied.</summary>
internal static class TorchZipWriter
{
    /// <summary>Writes to <paramref name="stream"/>; the archive's root folder is <paramref name="stem"/>, the file's name without extension.</summary>
    public static void Write(Stream stream, string path, string stem, FlatTree tree, IReadOnlyDictionary<string, string> metadata, long zip64From = uint.MaxValue,
        CancellationToken cancellationToken = default)
    {
        var tensors = new List<StoredTensor>();
        var keys = new Dictionary<(TensorStorage, string), int>();
        var pickle = PickleWriter.Write(tree.Root, (writer, tensor) =>
        {
            var view = (tensor.Storage, $"{tensor.Type} {tensor.Offset} {string.Join(',', tensor.Shape)} {string.Join(',', tensor.Stride)}");
            if (keys.TryAdd(view, tensors.Count))
            {
                tensors.Add(tensor);
            }
            WriteTensor(writer, path, tensor, keys[view]);
        });
        var zip = new ZipWriter(stream, zip64From);
        zip.Add($"{stem}/data.pkl", pickle);
        for (var i = 0; i < tensors.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteStorage(zip, $"{stem}/data/{i.ToString(CultureInfo.InvariantCulture)}", tensors[i]);
        }
        zip.Add($"{stem}/version", "3\n"u8.ToArray());
        if (metadata.Count > 0)
        {
            zip.Add($"{stem}/{TorchZipReader.MetadataRecord}", MetadataJson.Write(metadata));
        }
        zip.Finish();
    }

    private static void WriteStorage(ZipWriter zip, string name, StoredTensor tensor)
    {
        using var buffer = new NativeBuffer(tensor.ByteLength);
        StridedReader.Read(tensor, buffer.Span);
        var crc = default(Crc32);
        buffer.Span.ForEachChunk(chunk => crc.Append(chunk));
        zip.Add(name, crc.Value, tensor.ByteLength, destination => buffer.Span.ForEachChunk(chunk => destination.Write(chunk)));
    }

    private static void WriteTensor(PickleWriter writer, string path, StoredTensor tensor, int key)
    {
        var storage = ElementTypes.Of(tensor.Type).Storage
            ?? throw new CheckpointFormatException(path, "dtype", "a type that PyTorch's .pth format has a storage for", ElementTypes.NameOf(tensor.Type));
        if (tensor.IsParameter)
        {
            writer.Global("torch._utils", "_rebuild_parameter");
        }
        writer.Global("torch._utils", "_rebuild_tensor_v2");
        writer.Opcodes((byte)'(', (byte)'(');
        writer.CommonText("storage");
        writer.Global("torch", storage);
        writer.CommonText(key.ToString(CultureInfo.InvariantCulture));
        writer.CommonText("cpu");
        writer.Integer(tensor.Count);
        writer.EndTuple(5);
        writer.Opcodes((byte)'Q');
        writer.Integer(0);
        writer.Tuple(tensor.Shape);
        writer.Tuple(StoredTensor.ContiguousStride(tensor.Shape));
        writer.Boolean(!tensor.IsParameter && tensor.RequiresGrad);
        writer.EmptyOrderedDict();
        writer.EndTuple(6);
        writer.Call();
        if (tensor.IsParameter)
        {
            writer.Boolean(tensor.RequiresGrad);
            writer.EmptyOrderedDict();
            writer.EndTuple(3);
            writer.Call();
        }
    }
}
