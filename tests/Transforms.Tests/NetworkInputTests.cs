using System.Text.Json;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Transforms.Tests;

public class NetworkInputTests
{
    [Test]
    [Category("Golden")]
    public void Slices_of_the_golden_volumes_become_the_references_input()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(TestData.Golden("pipeline/config.json")));
        var (imageSize, inputSize) = (config.RootElement.GetProperty("image_size").GetInt32(), config.RootElement.GetProperty("input_size").GetInt32());
        using var volumes = NpzFile.Open(TestData.Golden("pipeline/preprocessed_test.npz"));
        using var golden = NpzFile.Open(TestData.Golden("pipeline/end_to_end.npz"));
        foreach (var name in File.ReadAllLines(TestData.Golden("pipeline/test_vol.txt")).Where(line => line.Length > 0))
        {
            var volume = volumes[$"{name}_image"];
            var ((height, width), voxels, expected) = (volume.Size(), volume.ToSingle(), golden[$"{name}_net_input"].ToSingle());
            for (var z = 0; z < volume.Shape[0]; z++)
            {
                var input = new float[imageSize * imageSize];
                NetworkInput.Prepare(voxels.AsSpan(z * height * width, height * width), height, width, input, imageSize, inputSize, ZoomEdge.Paper);
                Assert.That(GoldenPlane.MaxError(input, expected.AsSpan(z * input.Length, input.Length)), Is.LessThanOrEqualTo(2e-6), $"{name}, slice {z}");
            }
        }
    }

    [Test]
    [Category("Golden")]
    public void A_single_slice_goes_straight_to_the_networks_size()
    {
        using var golden = NpzFile.Open(TestData.Golden("pipeline/slice2d.npz"));
        var (image, expected) = (golden["image"], golden["net_input"]);
        var input = new float[expected.Shape[^2] * expected.Shape[^1]];
        NetworkInput.Prepare(image.ToSingle(), image.Size().Height, image.Size().Width, input, expected.Shape[^1], null, ZoomEdge.Paper);
        Assert.That(GoldenPlane.MaxError(input, expected.ToSingle()), Is.LessThanOrEqualTo(2e-6));
    }

    [Test]
    public void Wrong_arguments_are_named() =>
        Assert.That(() => NetworkInput.Prepare(new float[4], 2, 2, new float[16], 4, 0, ZoomEdge.Paper),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("inputSize"));
}
