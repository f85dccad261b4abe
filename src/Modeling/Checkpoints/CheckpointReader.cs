using System.Buffers.Binary;
using System.Text;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Safetensors;
using SAMed.MLNet.Modeling.Checkpoints.Torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Opens a checkpoint by its first bytes; the extension is not asked, since files are renamed freely.</summary>
internal static class CheckpointReader
{
    private const byte PickleProtocol = 0x80;

    /// <summary>Opens and checks a file; tensor data stay unread. The caller disposes.</summary>
    public static CheckpointContent Open(string path)
    {
        var file = new FileBytes(path);
        try
        {
            return Detect(file) switch
            {
                CheckpointContainer.TorchZip => TorchZipReader.Read(file),
                CheckpointContainer.TorchLegacy => TorchLegacyReader.Read(file),
                _ => SafetensorsReader.Read(file),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static CheckpointContainer Detect(FileBytes file)
    {
        var head = new byte[Math.Min(file.Length, 512)];
        file.Read(0, head, "first bytes");
        if (head is [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..])
        {
            return CheckpointContainer.TorchZip;
        }
        if (head is [PickleProtocol, <= 5, ..] || LooksLikeTextPickle(head))
        {
            return CheckpointContainer.TorchLegacy;
        }
        if (head.Length >= 9 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) <= long.MaxValue)
        {
            return CheckpointContainer.Safetensors;
        }
        throw new CheckpointFormatException(file.FilePath, "first bytes", "a torch.save file (.pth, .pt) or a safetensors file", Describe(head));
    }

    // Protocol 0 has no header: a name to import ("cos\nsystem\n…") is its dangerous start, and the reader refuses it by name.
    private static bool LooksLikeTextPickle(byte[] head)
    {
        var lines = Encoding.Latin1.GetString(head).Split('\n');
        return lines.Length > 2 && lines[0].Length > 1 && lines[0][0] == 'c'
            && lines[0].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.')
            && lines[1].Length > 0 && lines[1].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.');
    }

    private static string Describe(byte[] head)
    {
        var text = Encoding.UTF8.GetString(head);
        return head.Length == 0 ? "an empty file"
            : text.StartsWith("version https://git-lfs", StringComparison.Ordinal) ? "a Git LFS pointer: the weights themselves were not downloaded"
            : text.TrimStart().StartsWith('<') ? "an HTML or XML page: the download went wrong"
            : head.Length > 262 && head.AsSpan(257, 5).SequenceEqual("ustar"u8) ? "a tar archive, as PyTorch before 0.2 wrote: load and save it again with a later PyTorch"
            : head.Take(64).All(value => value is (>= 32 and < 127) or 9 or 10 or 13) ? $"text: '{text[..Math.Min(text.Length, 32)].ReplaceLineEndings(" ")}…'"
            : $"bytes {Convert.ToHexString(head.AsSpan(0, Math.Min(head.Length, 8)))}";
    }
}
