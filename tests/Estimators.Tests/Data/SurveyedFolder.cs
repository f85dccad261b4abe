using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

/// <summary>A folder of small images and label maps to survey.</summary>
public abstract class SurveyedFolder
{
    protected TempFolder Folder { get; private set; } = null!;

    [SetUp]
    public void Create() => Folder = new TempFolder();

    [TearDown]
    public void Delete() => Folder.Dispose();

    protected static Geometry Grid(double x = 0.8, double y = 0.8, double z = 3, int depth = 3) => Geometry.Unplaced(depth, 8, 6, x, y, z);

    /// <summary>Voxels that differ from file to file, from <paramref name="low"/> to <paramref name="high"/>.</summary>
    protected void Image(string name, float low = -1000, float high = 1200, Geometry? grid = null)
    {
        var volume = new Volume<float>(grid ?? Grid());
        var random = new Random(name.Aggregate(17, (seed, letter) => unchecked((31 * seed) + letter)));
        for (var i = 0; i < volume.Voxels.Length; i++)
        {
            volume.Voxels[i] = low + ((high - low) * random.NextSingle());
        }
        (volume.Voxels[0], volume.Voxels[^1]) = (low, high);
        VolumeFile.Write(Folder.File(name), volume);
    }

    protected void Label(string name, Geometry? grid = null, params int[] ids)
    {
        var volume = new LabelVolume(grid ?? Grid());
        for (var i = 0; i < volume.Voxels.Length && ids.Length > 0; i++)
        {
            volume.Voxels[i] = (ushort)(i % 3 == 0 ? 0 : ids[i % ids.Length]);
        }
        VolumeFile.Write(Folder.File(name), volume);
    }

    protected void Pairs(int count, params int[] ids)
    {
        for (var n = 1; n <= count; n++)
        {
            Image($"images/p{n:00}.nii.gz");
            Label($"labels/p{n:00}.nii.gz", null, ids);
        }
    }

    protected DatasetSurvey Survey(DatasetSurveyOptions? options = null) => DatasetSurvey.Run(Folder.Path, options);

    protected static string[] Found(DatasetSurvey survey) => [.. survey.Cases.Select(facts => $"{facts.Name}: {facts.Image} + {facts.Label}")];
}
