using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Sections;

namespace SAMed.MLNet.Bench.Tests;

[TestFixture]
public class SweepTests
{
    [TestCase(0, null, "0")]
    [TestCase(-1, null, "0")]
    [TestCase(1, null, "1")]
    [TestCase(1, "", "1")]
    [TestCase(0, "3", "3")]
    [TestCase(1, "2, GPU-8a1b", "GPU-8a1b")]
    public void The_memory_of_the_gpu_that_was_asked_for_is_read(int ordinal, string? visible, string id) => Assert.That(GpuMemory.IdOf(ordinal, visible), Is.EqualTo(id));

    [TestCase("CUDA out of memory. Tried to allocate 2.00 GiB", true)]
    [TestCase("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate", true)]
    [TestCase("CUDA error: an illegal instruction was encountered", false)]
    public void A_lack_of_memory_is_known_by_its_words(string message, bool isLack) => Assert.That(GpuMemory.IsLackOf(message), Is.EqualTo(isLack));

    [TestCase(0, "memory ends here")]
    [TestCase(137, "killed")]
    [TestCase(134, "134")]
    public void A_batch_that_gives_nothing_says_why(int exitCode, string words) => Assert.That(SweepSection.EndOf(exitCode), Does.Contain(words));
}
