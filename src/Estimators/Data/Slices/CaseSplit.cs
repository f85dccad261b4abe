using Microsoft.ML;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Data in two parts, with no case (patient) in both. The parts are views: nothing is copied, and the columns, order and laziness are those of the data.</summary>
public sealed class CaseSplit
{
    internal CaseSplit(IDataView trainSet, IDataView testSet, IReadOnlyList<string> trainCases, IReadOnlyList<string> testCases) =>
        (TrainSet, TestSet, TrainCases, TestCases) = (trainSet, testSet, trainCases, testCases);

    /// <summary>The rows to train on.</summary>
    public IDataView TrainSet { get; }

    /// <summary>The rows set aside.</summary>
    public IDataView TestSet { get; }

    /// <summary>The cases of <see cref="TrainSet"/>, in the order of the data.</summary>
    public IReadOnlyList<string> TrainCases { get; }

    /// <summary>The cases of <see cref="TestSet"/>, in the order of the data.</summary>
    public IReadOnlyList<string> TestCases { get; }
}
