using Microsoft.Win32.SafeHandles;

namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>A file read at given offsets; nothing is held in memory.</summary>
internal sealed class FileBytes : IByteSource, IDisposable
{
    private readonly SafeFileHandle _handle;

    /// <summary>Opens the file for reading; others may read, rename and delete it meanwhile.</summary>
    public FileBytes(string path)
    {
        FilePath = path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = RandomAccess.GetLength(_handle);
    }

    /// <inheritdoc/>
    public string FilePath { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination, string field)
    {
        if (offset < 0 || destination.Length > Length - offset)
        {
            throw new CheckpointFormatException(FilePath, field, $"{destination.Length} bytes at offset {offset}", $"a file of {Length} bytes");
        }
        while (destination.Length > 0)
        {
            var count = RandomAccess.Read(_handle, destination, offset);
            if (count == 0)
            {
                throw new CheckpointFormatException(FilePath, field, $"{destination.Length} more bytes at offset {offset}", "the end of the file (it was shortened while being read)");
            }
            destination = destination[count..];
            offset += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
