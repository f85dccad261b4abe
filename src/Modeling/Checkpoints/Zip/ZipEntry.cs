namespace SAMed.MLNet.Modeling.Checkpoints.Zip;

/// <summary>One record of a zip archive, checked to lie inside the file.</summary>
/// <param name="Name">Full name inside the archive.</param>
/// <param name="IsDeflated">Deflate when true, else stored as it is.</param>
/// <param name="Crc">CRC-32 of the content; 0 with content means that the writer left it out.</param>
/// <param name="CompressedLength">Bytes in the file.</param>
/// <param name="Length">Bytes of content, as declared.</param>
/// <param name="DataOffset">Place of the first byte in the file.</param>
internal sealed record ZipEntry(string Name, bool IsDeflated, uint Crc, long CompressedLength, long Length, long DataOffset);
