using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms.Tests.Rows.Saving;

public class StateCacheTests
{
    private static string Text(int value) => SavedState.Of("Number", value).ToString();

    [Test]
    public void A_state_is_read_once_however_many_rows_and_threads_bring_it()
    {
        var reads = 0;
        var cache = new StateCache<object>(state =>
        {
            Interlocked.Increment(ref reads);
            Thread.Sleep(20);
            return state.Read<int>("Number");
        });
        var text = Text(5).AsMemory();
        var values = new object[64];
        Parallel.For(0, values.Length, new() { MaxDegreeOfParallelism = 8 }, i => values[i] = cache.Of(text));
        Assert.That(values, Is.All.SameAs(values[0]).And.All.EqualTo(5));
        Assert.That(reads, Is.EqualTo(1));
    }

    [Test]
    public void Another_state_is_read_anew()
    {
        var cache = new StateCache<object>(state => state.Read<int>("Number"));
        var (first, second) = (Text(1).AsMemory(), Text(2).AsMemory());
        Assert.That(new[] { cache.Of(first), cache.Of(second), cache.Of(first) }, Is.EqualTo(new object[] { 1, 2, 1 }));
    }

    [Test]
    public void A_state_that_cannot_be_read_is_an_error_every_time()
    {
        var cache = new StateCache<object>(state => state.Read<int>("Text"));
        var text = Text(1).AsMemory();
        Assert.That(() => cache.Of(text), Throws.TypeOf<SavedModelException>());
        Assert.That(() => cache.Of(text), Throws.TypeOf<SavedModelException>());
    }
}
