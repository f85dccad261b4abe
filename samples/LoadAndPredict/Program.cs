// Another program than the one that trained: ML.NET's own Model.Load and a PredictionEngine, slice by slice.
//
//   dotnet run -c Release --project samples/LoadAndPredict -- out/train/model.zip image.nii.gz

using System.Security.Cryptography;
using LoadAndPredict;
using Microsoft.ML;
using SAMed.MLNet.Estimators.Inference;

if (args is not [var zip, var image])
{
    Console.Error.WriteLine("Usage: LoadAndPredict MODEL.zip IMAGE");
    return 2;
}

var ml = new MLContext();
try
{
    var model = ml.Model.Load(zip, out _);
    using var engine = ml.Model.CreatePredictionEngine<ImageSlice, LabelledSlice>(model);
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    var counts = new SortedDictionary<byte, int>();
    foreach (var slice in ml.Data.CreateEnumerable<ImageSlice>(ml.Data.LoadSlices([image]), reuseRowObject: true))
    {
        var labels = engine.Predict(slice).PredictedLabel;
        hash.AppendData(labels);
        foreach (var group in labels.CountBy(id => id))
        {
            counts[group.Key] = counts.GetValueOrDefault(group.Key) + group.Value;
        }
    }
    foreach (var (id, count) in counts)
    {
        Console.WriteLine($"class {id}: {count} voxels");
    }
    Console.WriteLine($"sha256  {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    return 0;
}
catch (BaseNotFoundException fault)
{
    // A model of LoRA weights needs the SAM checkpoint that it was trained on; the message says where it was looked for.
    Console.Error.WriteLine(fault.Message);
    return 1;
}
