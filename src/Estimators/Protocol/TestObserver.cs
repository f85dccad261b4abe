namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Where a run of the test protocol stands.</summary>
/// <param name="Case">0-based index of the case.</param>
/// <param name="Cases">Cases in all.</param>
/// <param name="Name">The case's name.</param>
/// <param name="Slice">Slices of it that are segmented.</param>
/// <param name="Slices">Slices of it.</param>
public readonly record struct TestProgress(int Case, int Cases, string Name, int Slice, int Slices)
{
    /// <summary>Cases done, the share of the present one included.</summary>
    public double Done => Case + ((double)Slice / Slices);
}

/// <summary>What a run of the test protocol tells while it goes on.</summary>
public interface ITestObserver : IProgress<TestProgress>
{
    /// <summary>A line of the log, without the time that stands before it in the file.</summary>
    void Log(string line);

    /// <summary>A fact worth a line: what was found, what is assumed.</summary>
    void Note(string text);

    /// <summary>Something the user should know before trusting the result.</summary>
    void Warn(string text);
}
