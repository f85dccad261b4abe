using System.IO.Compression;
using System.Text;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Small files made by hand, sound and hostile.</summary>
internal static class TestFiles
{
    public static void WriteSafetensors(string path, string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]);
    }

    /// <summary>A zip as torch.save makes it, by another writer than ours.</summary>
    public static void WriteTorchZip(string path, byte[] pickle, byte[] storage, string root = "archive", CompressionLevel level = CompressionLevel.NoCompression, string? byteOrder = null)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add($"{root}/data.pkl", pickle);
        Add($"{root}/data/0", storage);
        Add($"{root}/version", "3\n"u8.ToArray());
        if (byteOrder is not null)
        {
            Add($"{root}/byteorder", Encoding.ASCII.GetBytes(byteOrder));
        }

        void Add(string name, byte[] content)
        {
            using var stream = zip.CreateEntry(name, level).Open();
            stream.Write(content);
        }
    }

    /// <summary>The pickle of {"x": tensor} over storage 0; every number is as given, right or wrong.</summary>
    public static byte[] TensorPickle(long count, long offset, long[] size, long[] stride, string storage = "FloatStorage", string location = "cpu")
    {
        var text = new StringBuilder("(dp0\nVx\nctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\n");
        text.Append(storage).Append("\nV0\nV").Append(location).Append("\nL").Append(count).Append("L\ntQL").Append(offset).Append("L\n");
        foreach (var numbers in new[] { size, stride })
        {
            text.Append('(').AppendJoin(string.Empty, numbers.Select(number => $"L{number}L\n")).Append('t');
        }
        text.Append("I00\nccollections\nOrderedDict\n(tRtRs.");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The pickle of tensors v0, v1, … that are equal parts, one behind the other, of storage 0.</summary>
    public static byte[] PartsPickle(int parts, int length)
    {
        var tensors = Enumerable.Range(0, parts).Select(part => Encoding.ASCII.GetString(TensorPickle(parts * length, part * length, [length], [1]))["(dp0\n".Length..^1].Replace("Vx\n", $"Vv{part}\n", StringComparison.Ordinal));
        return Encoding.ASCII.GetBytes($"(dp0\n{string.Concat(tensors)}.");
    }

    /// <summary>A .pth file of such tensors, of which the value <paramref name="damaged"/> has one bit flipped; none when negative. All values are their place + 0.5.</summary>
    public static void WriteParts(string path, int parts, int length, int damaged)
    {
        WriteTorchZip(path, PartsPickle(parts, length), [.. Enumerable.Range(0, parts * length).SelectMany(place => BitConverter.GetBytes(place + 0.5f))]);
        if (damaged >= 0)
        {
            var bytes = File.ReadAllBytes(path);
            byte[] first = [.. BitConverter.GetBytes(0.5f), .. BitConverter.GetBytes(1.5f)];
            bytes[bytes.AsSpan().IndexOf(first) + (4 * damaged)] ^= 1;
            File.WriteAllBytes(path, bytes);
        }
    }
}
