using System.Globalization;
using System.Text.RegularExpressions;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Transforms.Tests;

public partial class RotationTests
{
    [Test]
    [Category("Golden")]
    public void Quarter_turns_and_flips_equal_numpy()
    {
        using var golden = NpzFile.Open(TestData.Golden("zoom_rotate/rot90_flip.npz"));
        var (height, width) = golden["x"].Size();
        var x = golden["x"].ToSingle();
        for (var turns = 0; turns < 4; turns++)
        {
            for (var axis = 0; axis < 2; axis++)
            {
                var result = new float[x.Length];
                RotateFlip.Apply<float>(x, height, width, result, turns, axis);
                Assert.That(result, Is.EqualTo(golden[$"k{turns}_axis{axis}"].ToSingle()), $"{turns} turns, axis {axis}");
            }
        }
    }

    [Test]
    [Category("Golden")]
    public void Small_rotations_equal_scipy()
    {
        using var golden = NpzFile.Open(TestData.Golden("zoom_rotate/rotate_order0.npz"));
        var rotated = golden.Names.Select(name => RotatedName().Match(name)).Where(match => match.Success && golden.Contains(match.Groups[1].Value)).ToList();
        Assert.That(rotated, Is.Not.Empty);
        foreach (var match in rotated)
        {
            var source = golden[match.Groups[1].Value];
            var (height, width) = source.Size();
            var result = new float[height * width];
            SmallRotation.Apply<float>(source.ToSingle(), height, width, result, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
            Assert.That(result, Is.EqualTo(golden[match.Value].ToSingle()), match.Value);
        }
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(() => RotateFlip.Apply<byte>(new byte[6], 2, 3, new byte[6], 1, 2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("flipAxis"));
        Assert.That(() => RotateFlip.Apply<byte>(new byte[6], 2, 3, new byte[5], 1, 1), Throws.ArgumentException.With.Property("ParamName").EqualTo("destination"));
        Assert.That(() => SmallRotation.Apply<byte>(new byte[6], 2, 3, new byte[6], double.NaN), Throws.ArgumentException.With.Message.Contains("NaN"));
    }

    [GeneratedRegex(@"^(.+)_(-?\d+)$")]
    private static partial Regex RotatedName();
}
