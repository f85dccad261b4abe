using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Reads tensors of a file on several threads: one alone cannot copy from the disk's cache and check what it copied as fast as memory takes it.</summary>
internal static class ParallelReader
{
    // Memory is the limit from here on.
    private const int MaxThreads = 8;

    /// <summary>Fills contiguous CPU tensors with those of a file that have their element type and shape. Of several faults of the file the first in order is thrown.</summary>
    public static void Fill(IReadOnlyList<(StoredTensor Stored, Tensor Target)> pairs)
    {
        // TorchSharp is asked for addresses here, so that no other thread calls it.
        var memory = pairs.Select(pair => TensorMemory.BytesOf(pair.Target)).ToArray();
        var faults = new Exception?[pairs.Count];
        void Read(int index, ParallelLoopState state)
        {
            try
            {
                StridedReader.Read(pairs[index].Stored, memory[index]);
            }
            catch (Exception fault) when (fault is CheckpointFormatException or IOException)
            {
                faults[index] = fault;
                state.Break();
            }
        }
        try
        {
            // One tensor at a time: with more at once a thread is left with several large ones while the others have nothing to do.
            Parallel.ForEach(Partitioner.Create(Enumerable.Range(0, pairs.Count), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MaxThreads, Environment.ProcessorCount) }, Read);
        }
        catch (AggregateException several)
        {
            // Anything else, as memory that is not there, is the caller's to know by its own name.
            ExceptionDispatchInfo.Throw(several.Flatten().InnerExceptions[0]);
        }
        GC.KeepAlive(pairs);
        if (faults.FirstOrDefault(fault => fault is not null) is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
