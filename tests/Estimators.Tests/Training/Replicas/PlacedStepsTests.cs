using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Estimators.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training.Replicas;

public sealed class PlacedStepsTests
{
    private const int Size = 4, Low = 2;

    [TestCase(5, 2, new[] { 3, 2 })]
    [TestCase(7, 3, new[] { 3, 2, 2 })]
    [TestCase(1, 2, new[] { 1 })]
    [TestCase(4, 1, new[] { 4 })]
    public void A_batch_is_shared_in_order_and_evenly(int count, int devices, int[] shares)
    {
        var batch = Batch(count, first: 10);
        using var placed = PlacedBatch.Of(batch, Size, Low, [.. Enumerable.Repeat(CPU, devices)]);

        Assert.That(placed.Images.Select(image => (int)image.shape[0]), Is.EqualTo(shares));
        Assert.That(placed.Images.SelectMany(image => image.data<float>().ToArray()), Is.EqualTo(batch.Images));
        Assert.That(placed.Labels.shape, Is.EqualTo(new long[] { count, Low, Low }));
    }

    [Test]
    public void Steps_come_in_order_and_their_tensors_are_freed_also_where_the_epoch_is_left_early()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        var all = new PlacedSteps(Source(5), Size, Low, [CPU]).InOrder().Select(step => step[0].Images[0].data<float>()[0]).ToArray();
        var some = new PlacedSteps(Source(5), Size, Low, [CPU]).InOrder().Take(2).Select(step => step[0].Images[0].data<float>()[0]).ToArray();

        Assert.That(all, Is.EqualTo(new[] { 0f, 1f, 2f, 3f, 4f }));
        Assert.That(some, Is.EqualTo(new[] { 0f, 1f }));
        Assert.That(Tensor.TotalCount, Is.AtMost(before));
    }

    [Test]
    public void The_next_step_is_fetched_while_one_is_computed()
    {
        using var fetched = new SemaphoreSlim(0);
        using var steps = new PlacedSteps(Source(3, _ => fetched.Release()), Size, Low, [CPU]).InOrder().GetEnumerator();

        Assert.That(steps.MoveNext());
        Assert.That(fetched.Wait(TimeSpan.FromSeconds(30)) && fetched.Wait(TimeSpan.FromSeconds(30)), "the second step is fetched before it is asked for");
    }

    [Test]
    public void A_fault_of_the_data_comes_out_after_the_steps_before_it_as_it_was()
    {
        using var steps = new PlacedSteps(Source(5, step => step == 2 ? throw new FormatException("bad slice") : 0), Size, Low, [CPU]).InOrder().GetEnumerator();

        Assert.That(steps.MoveNext() && steps.MoveNext());
        Assert.That(() => steps.MoveNext(), Throws.TypeOf<FormatException>().With.Message.EqualTo("bad slice"));
    }

    [Test]
    public void The_source_is_disposed_only_when_nobody_reads_from_it()
    {
        var (reading, disposedWhileReading, disposed) = (0, false, false);
        IEnumerable<IReadOnlyList<TrainingBatch>> Slow()
        {
            try
            {
                for (var step = 0; ; step++)
                {
                    Interlocked.Increment(ref reading);
                    Thread.Sleep(20);
                    Interlocked.Decrement(ref reading);
                    yield return [Batch(1, step)];
                }
            }
            finally
            {
                (disposed, disposedWhileReading) = (true, Volatile.Read(ref reading) > 0);
            }
        }

        _ = new PlacedSteps(Slow(), Size, Low, [CPU]).InOrder().First();

        Assert.That((disposed, disposedWhileReading), Is.EqualTo((true, false)));
    }

    private static IEnumerable<IReadOnlyList<TrainingBatch>> Source(int steps, Func<int, int>? onFetch = null)
    {
        for (var step = 0; step < steps; step++)
        {
            onFetch?.Invoke(step);
            yield return [Batch(2, step)];
        }
    }

    private static TrainingBatch Batch(int count, int first) => new(
        [.. Enumerable.Range(0, count * Size * Size).Select(index => (float)(first + (index / (Size * Size) * 10)))],
        new byte[count * Low * Low], count);
}
