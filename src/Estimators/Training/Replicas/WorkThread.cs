using System.Collections.Concurrent;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>A thread that does what it is given, in order. Grad mode, dispose scopes and OpenMP's threads belong to a thread, so work that has them stays on one.</summary>
internal sealed class WorkThread : IDisposable
{
    private readonly BlockingCollection<Task> _work = [];
    private readonly Thread _thread;

    public WorkThread(string name)
    {
        _thread = new Thread(Work) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Puts <paramref name="work"/> behind what is there already. The task has its end, and what it threw.</summary>
    public Task Run(Action work) => Add(new Task(work));

    /// <summary>Puts <paramref name="work"/> behind what is there already. The task has its result, or what it threw.</summary>
    public Task<T> Run<T>(Func<T> work) => Add(new Task<T>(work));

    /// <summary>Waits until all is done that was given.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private TTask Add<TTask>(TTask task) where TTask : Task
    {
        _work.Add(task);
        return task;
    }

    private void Work()
    {
        foreach (var task in _work.GetConsumingEnumerable())
        {
            task.RunSynchronously(TaskScheduler.Default);
        }
    }
}
