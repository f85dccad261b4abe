using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The features of one augmented slice on disk: a head of 64 bytes, which says what they belong to and what their checksum is, and the float32 values.</summary>
internal static class FeatureFile
{
    private const int HeadBytes = 64;
    private const int KeyBytes = 32;

    private static ReadOnlySpan<byte> Magic => "SAMEDFT1"u8;

    /// <summary>Length of a file of so many values.</summary>
    public static long BytesOf(int count) => HeadBytes + (4L * count);

    /// <summary>Writes <paramref name="values"/> under <paramref name="key"/>, 32 bytes. The file appears whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Write(string path, byte[] key, float[] values)
    {
        var payload = MemoryMarshal.AsBytes(values.AsSpan());
        var head = new byte[HeadBytes];
        Magic.CopyTo(head);
        key.CopyTo(head, 8);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(40), values.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(48), Crc32.Of(payload));
        // Not forced to the disk: a file that a power cut spoils has a wrong checksum and is computed again.
        AtomicFile.Write(path, stream =>
        {
            stream.Write(head);
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }, durable: false);
    }

    /// <summary>The values under <paramref name="key"/>; null when there is no such file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or another one under that name.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static float[]? Read(string path, byte[] key, int count)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var head = new byte[HeadBytes];
        if (length != BytesOf(count) || !Fill(file, head, 0) || !head.AsSpan(0, 8).SequenceEqual(Magic) || !head.AsSpan(8, KeyBytes).SequenceEqual(key)
            || BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(40)) != count)
        {
            throw new InvalidDataException($"{path} is not the {BytesOf(count)} bytes of features that its name stands for.");
        }
        var values = GC.AllocateUninitializedArray<float>(count);
        var payload = MemoryMarshal.AsBytes(values.AsSpan());
        return Fill(file, payload, HeadBytes) && Crc32.Of(payload) == BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(48))
            ? values
            : throw new InvalidDataException($"{path} is damaged: its checksum is another.");
    }

    private static bool Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
            {
                return false;
            }
            bytes = bytes[read..];
            offset += read;
        }
        return true;
    }
}
