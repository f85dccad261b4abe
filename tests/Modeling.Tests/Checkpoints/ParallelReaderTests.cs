using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>What goes wrong on the threads that read.</summary>
public sealed class ParallelReaderTests
{
    [Test]
    public void Memory_that_is_not_there_is_told_by_its_own_name()
    {
        using var target = zeros(4);
        var stored = new StoredTensor(ElementType.Float32, [4], [1], 0, new Failing(new InsufficientMemoryException("no room")), RequiresGrad: false, IsParameter: false);

        Assert.That(() => ParallelReader.Fill([(stored, target), (stored, target)]), Throws.TypeOf<InsufficientMemoryException>().With.Message.EqualTo("no room"));
    }

    private sealed class Failing(Exception fault) : TensorStorage
    {
        public override string Name => "failing";

        public override long Length => 16;

        public override void Read(long offset, NativeSpan destination) => throw fault;
    }
}
