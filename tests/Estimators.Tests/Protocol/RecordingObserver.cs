using SAMed.MLNet.Estimators.Protocol;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

/// <summary>Keeps what a run of the protocol told.</summary>
internal sealed class RecordingObserver : ITestObserver
{
    public List<string> Lines { get; } = [];

    public List<string> Notes { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<TestProgress> Progress { get; } = [];

    /// <summary>Called with each line of the log.</summary>
    public Action<string>? OnLog { get; init; }

    public void Log(string line)
    {
        Lines.Add(line);
        OnLog?.Invoke(line);
    }

    public void Note(string text) => Notes.Add(text);

    public void Warn(string text) => Warnings.Add(text);

    public void Report(TestProgress value) => Progress.Add(value);
}
