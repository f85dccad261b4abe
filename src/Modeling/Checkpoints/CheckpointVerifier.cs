using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Reads every byte of a checkpoint: structure, checksums, finite values, metadata. Needs no libtorch.</summary>
public static class CheckpointVerifier
{
    /// <summary>Verifies the file; a file that is damaged or refused gives an error among the findings, not an exception.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static CheckpointVerification Verify(string path)
    {
        var findings = new List<CheckpointFinding>();
        var (count, bytes) = (0, 0L);
        Attempt(findings, () =>
        {
            using var content = CheckpointReader.Open(path);
            foreach (var (name, tensor) in content.Tensors)
            {
                Attempt(findings, () => VerifyTensor(name, tensor, findings));
                (count, bytes) = (count + 1, bytes + tensor.ByteLength);
            }
            if (content.Container == CheckpointContainer.TorchZip)
            {
                VerifyRecords(path, content, findings);
            }
            VerifyMetadata(content, findings);
            if (count == 0)
            {
                findings.Add(new CheckpointFinding(IsError: true, "tensors", "the file holds none"));
            }
        });
        return new CheckpointVerification(path, count, bytes, findings);
    }

    private static void Attempt(List<CheckpointFinding> findings, Action action)
    {
        try
        {
            action();
        }
        catch (CheckpointFormatException fault)
        {
            // A damaged storage is met again with each of its tensors.
            var found = new CheckpointFinding(IsError: true, fault.Field, fault.Summary);
            if (!findings.Contains(found))
            {
                findings.Add(found);
            }
        }
    }

    private static void VerifyTensor(string name, StoredTensor tensor, List<CheckpointFinding> findings)
    {
        using var buffer = new NativeBuffer(tensor.ByteLength);
        StridedReader.Read(tensor, buffer.Span);
        long bad = 0;
        buffer.Span.ForEachChunk(chunk => bad += NonFinite.Count(tensor.Type, chunk));
        if (bad > 0)
        {
            findings.Add(new CheckpointFinding(IsError: true, name, $"{bad} of {tensor.Count} values are NaN or infinite"));
        }
    }

    // Records that tensors use whole were checked with them; this reads the others, and those of which only a part is used.
    private static void VerifyRecords(string path, CheckpointContent content, List<CheckpointFinding> findings)
    {
        using var file = new FileBytes(path);
        var checkedWhole = content.Tensors.Where(pair => pair.Value.IsContiguous && pair.Value.Offset == 0 && pair.Value.ByteLength == pair.Value.Storage.Length)
            .Select(pair => pair.Value.Storage.Name).ToHashSet();
        var used = content.Storages.Select(storage => storage.Name).ToHashSet();
        foreach (var record in TorchZipReader.Records(file))
        {
            if (!record.HasCrc)
            {
                findings.Add(new CheckpointFinding(IsError: false, record.Name, "the archive records no checksum"));
            }
            if (!checkedWhole.Contains(record.Name))
            {
                Attempt(findings, () =>
                {
                    using var buffer = new NativeBuffer(record.Length);
                    record.Read(0, buffer.Span);
                });
            }
            if (record.Name.Contains("/data/", StringComparison.Ordinal) && !used.Contains(record.Name))
            {
                findings.Add(new CheckpointFinding(IsError: false, record.Name, "no tensor uses this storage"));
            }
        }
    }

    private static void VerifyMetadata(CheckpointContent content, List<CheckpointFinding> findings) => Attempt(findings, () =>
    {
        if (content.Metadata.TryGetValue(LoraMetadata.Key, out var json))
        {
            LoraMetadata.FromJson(json, content.FilePath);
        }
    });
}
