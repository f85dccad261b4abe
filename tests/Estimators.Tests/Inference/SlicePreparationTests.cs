using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Inference;

public class SlicePreparationTests
{
    [Test]
    [Category("Golden")]
    public void A_single_slice_goes_straight_to_the_networks_size()
    {
        using var golden = NpzFile.Open(TestData.Golden("pipeline/slice2d.npz"));
        var (image, expected) = (golden["image"], golden["net_input"].ToSingle());
        var size = golden["net_input"].Shape[^1];
        var preparation = new SlicePreparation(new() { ImageSize = size, ZoomEdge = ZoomEdge.Paper });
        var input = new float[size * size];

        preparation.ToNetwork(image.ToSingle(), image.Shape[^2], image.Shape[^1], input);

        Assert.That(input, Is.EqualTo(expected).Within(2e-6));
    }

    [Test]
    public void Wrong_options_are_all_named_at_once() =>
        Assert.That(() => new SlicePreparation(new() { ImageSize = 0, InputSize = 0, WindowMin = 3 }),
            Throws.ArgumentException.With.Message.Contains("ImageSize").And.Message.Contains("InputSize").And.Message.Contains("window"));

    [Test]
    public void Labels_come_back_from_the_networks_size_as_they_went()
    {
        byte[] label = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4];
        var preparation = new SlicePreparation(new() { ImageSize = 8 });
        byte[] enlarged = new byte[64], back = new byte[16];
        SplineResize.ResizeNearest<byte>(label, 4, 4, enlarged, 8, 8, ZoomEdge.Exact);

        preparation.FromNetwork(enlarged, back, 4, 4);

        Assert.That(back, Is.EqualTo(label));
    }
}
