using CsCheck;
using SAMed.MLNet.Imaging.Postprocessing;

namespace SAMed.MLNet.Imaging.Tests.Postprocessing;

[TestFixture]
public class LabelPostprocessingTests
{
    private static readonly Gen<LabelVolume> Maps = Gen.Select(Gen.Int[1, 4], Gen.Int[1, 6], Gen.Int[1, 7]).SelectMany(size =>
        Gen.Int[0, 3].Select(value => (ushort)Math.Max(0, value - 1)).Array[size.Item1 * size.Item2 * size.Item3].Select(voxels =>
            new LabelVolume(Geometry.Unplaced(size.Item1, size.Item2, size.Item3), voxels)));

    private static readonly Gen<VoxelConnectivity> Connectivities = Gen.Bool.Select(faces => faces ? VoxelConnectivity.Faces : VoxelConnectivity.Corners);

    [Test]
    public void Components_are_those_of_a_flood_fill() => Gen.Select(Maps, Connectivities).Sample((map, connectivity) =>
    {
        var expected = FloodFill.Components(map, connectivity, label => label != 0);
        Assert.That(LabelPostprocessing.CountComponents(map, connectivity),
            Is.EqualTo(expected.GroupBy(component => component.Label).ToDictionary(group => group.Key, group => group.Count())));

        var largest = LabelPostprocessing.KeepLargest(map, connectivity);
        var kept = expected.GroupBy(component => component.Label).Select(group => group.MaxBy(component => component.Voxels.Count)!).SelectMany(component => component.Voxels);
        Assert.That(largest.Voxels, Is.EqualTo(OnlyAt(map, kept)));

        var big = LabelPostprocessing.RemoveIslands(map, 3, connectivity);
        Assert.That(big.Voxels, Is.EqualTo(OnlyAt(map, expected.Where(component => component.Voxels.Count >= 3).SelectMany(component => component.Voxels))));
    });

    [Test]
    public void Holes_are_the_background_that_one_label_encloses() => Gen.Select(Maps, Connectivities).Sample((map, connectivity) =>
    {
        var expected = map.Voxels.ToArray();
        var background = connectivity == VoxelConnectivity.Faces ? VoxelConnectivity.Corners : VoxelConnectivity.Faces;
        foreach (var hole in FloodFill.Components(map, background, label => label == 0).Where(hole => !FloodFill.TouchesEdge(map, hole)))
        {
            if (FloodFill.LabelsBeside(map, hole) is [var label])
            {
                hole.Voxels.ForEach(voxel => expected[voxel] = label);
            }
        }
        Assert.That(LabelPostprocessing.FillHoles(map, connectivity).Voxels, Is.EqualTo(expected));
    });

    [Test]
    public void A_ball_with_a_hole_an_island_and_a_chip_becomes_a_ball()
    {
        var map = Balls();
        var ball = map.CountLabels()[1];
        map[6, 6, 6] = 0;                                                              // a hole
        map[1, 1, 1] = map[1, 1, 2] = 1;                                               // an island of two voxels
        var cleaned = LabelPostprocessing.Apply(map, PostprocessingOptions.Parse("largest,holes"));

        Assert.That(cleaned.CountLabels()[1], Is.EqualTo(ball));
        Assert.That(cleaned[6, 6, 6], Is.EqualTo(1));
        Assert.That(map[6, 6, 6], Is.Zero, "the input stays as it was");
        Assert.That(LabelPostprocessing.Apply(map, PostprocessingOptions.Parse("islands=2")).CountLabels()[1], Is.EqualTo(ball + 1), "two voxels are no fewer than two");
        Assert.That(LabelPostprocessing.Apply(map, PostprocessingOptions.Parse("islands=3")).CountLabels()[1], Is.EqualTo(ball - 1));
    }

    [Test]
    public void Cubic_millimetres_count_voxels_of_the_grid_s_size()
    {
        var map = new LabelVolume(Geometry.Unplaced(3, 3, 5, 0.5, 0.5, 4));             // 1 mm³ a voxel
        map[0, 0, 0] = map[0, 0, 1] = map[0, 0, 2] = 1;
        Assert.That(LabelPostprocessing.Apply(map, new() { MinIslandMm3 = 3 }).CountLabels(), Does.ContainKey(1));
        Assert.That(LabelPostprocessing.Apply(map, new() { MinIslandMm3 = 3.5 }).CountLabels(), Does.Not.ContainKey(1));
    }

    [Test]
    public void Only_the_labels_named_are_touched()
    {
        var map = new LabelVolume(Geometry.Unplaced(1, 3, 9));
        map[0, 0, 0] = map[0, 2, 4] = map[0, 2, 5] = 1;
        map[0, 0, 8] = map[0, 2, 7] = 2;
        var cleaned = LabelPostprocessing.Apply(map, PostprocessingOptions.Parse("largest,labels=1"));
        Assert.That(cleaned.CountLabels(), Is.EqualTo(new Dictionary<int, int> { [0] = 23, [1] = 2, [2] = 2 }));
    }

    [Test]
    public void A_hole_that_two_labels_enclose_stays()
    {
        var map = new LabelVolume(Geometry.Unplaced(1, 3, 5));
        map.Voxels.AsSpan().Fill(1);
        map[0, 1, 1] = map[0, 1, 3] = 0;
        map[0, 1, 4] = 2;
        Assert.That(LabelPostprocessing.FillHoles(map).Voxels.Count(label => label == 0), Is.EqualTo(1));
    }

    [Test]
    public void Voxels_that_touch_by_a_corner_are_one_component_or_two()
    {
        var map = new LabelVolume(Geometry.Unplaced(2, 2, 2));
        map[0, 0, 0] = map[1, 1, 1] = 1;
        Assert.That(LabelPostprocessing.CountComponents(map)[1], Is.EqualTo(1));
        Assert.That(LabelPostprocessing.CountComponents(map, VoxelConnectivity.Faces)[1], Is.EqualTo(2));
    }

    [TestCase("largest")]
    [TestCase("islands=50")]
    [TestCase("islands=12.5mm3,holes,faces")]
    [TestCase("largest,islands=3,islands=7mm3,holes,labels=1+13")]
    public void Options_come_back_from_their_text(string text)
    {
        var options = PostprocessingOptions.Parse(text);
        Assert.That(options.ToString(), Is.EqualTo(text));
        Assert.That(options.Validate, Throws.Nothing);
    }

    [TestCase("")]
    [TestCase("faces")]
    [TestCase("largest,smooth")]
    [TestCase("islands=500,islands=2")]
    [TestCase("islands=5mm3,islands=2mm3")]
    [TestCase("largest,largest")]
    [TestCase("largest,labels=1,labels=2")]
    [TestCase("islands")]
    [TestCase("islands=0")]
    [TestCase("islands=-3mm3")]
    [TestCase("holes,labels=0")]
    [TestCase("holes,labels=liver")]
    public void What_is_no_step_is_refused(string text) =>
        Assert.That(() => PostprocessingOptions.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("largest, islands=N"));

    [Test]
    public void Every_fault_of_the_options_is_told()
    {
        var options = new PostprocessingOptions { MinIslandVoxels = 0, MinIslandMm3 = double.NaN, Labels = [0], Connectivity = (VoxelConnectivity)18 };
        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("MinIslandVoxels").And.Message.Contains("MinIslandMm3")
            .And.Message.Contains("Labels").And.Message.Contains("Connectivity"));
    }

    private static ushort[] OnlyAt(LabelVolume map, IEnumerable<int> voxels)
    {
        var result = new ushort[map.Voxels.Length];
        foreach (var voxel in voxels)
        {
            result[voxel] = map.Voxels[voxel];
        }
        return result;
    }

    private static LabelVolume Balls()
    {
        var map = new LabelVolume(Geometry.Unplaced(13, 13, 13));
        foreach (var (z, y, x) in from z in Enumerable.Range(0, 13) from y in Enumerable.Range(0, 13) from x in Enumerable.Range(0, 13) select (z, y, x))
        {
            map[z, y, x] = (ushort)(((z - 6) * (z - 6)) + ((y - 6) * (y - 6)) + ((x - 6) * (x - 6)) <= 16 ? 1 : 0);
        }
        return map;
    }
}
