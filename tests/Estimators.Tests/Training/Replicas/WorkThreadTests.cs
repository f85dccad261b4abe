using SAMed.MLNet.Estimators.Training.Replicas;

namespace SAMed.MLNet.Estimators.Tests.Training.Replicas;

public sealed class WorkThreadTests
{
    [Test]
    public void All_is_done_in_order_on_one_thread_that_is_not_the_callers()
    {
        List<(int Number, int Thread)> done = [];
        using (var thread = new WorkThread("test"))
        {
            for (var number = 0; number < 50; number++)
            {
                var this_ = number;
                _ = thread.Run(() => done.Add((this_, Environment.CurrentManagedThreadId)));
            }
        }

        Assert.That(done.Select(entry => entry.Number), Is.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(done.Select(entry => entry.Thread).Distinct().Single(), Is.Not.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void A_fault_is_the_tasks_and_the_thread_goes_on()
    {
        using var thread = new WorkThread("test");

        var failed = thread.Run(() => throw new FormatException("first"));
        var next = thread.Run(() => 42);

        Assert.That(() => failed.GetAwaiter().GetResult(), Throws.TypeOf<FormatException>().With.Message.EqualTo("first"));
        Assert.That(next.GetAwaiter().GetResult(), Is.EqualTo(42));
    }
}
