using SkiaSharp;

namespace SAMed.MLNet.Rendering.Tests;

public class StrokeFontTests
{
    [Test]
    public void Every_printable_ASCII_character_has_its_own_shape()
    {
        string[] shapes = [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => Render(((char)code).ToString()))];
        Assert.That(shapes.Distinct().Count(), Is.EqualTo(shapes.Length));
        Assert.That(shapes, Has.None.EqualTo(Render("\u4e2d")), "no ASCII character looks like the box of an unknown one");
    }

    [Test]
    public void Long_text_is_cut_to_its_room()
    {
        var cut = StrokeFont.Fit("a very long name of an organ", 10, 100);
        Assert.That(cut, Does.StartWith("a very").And.EndsWith("..."));
        Assert.That(StrokeFont.Measure(cut, 10), Is.LessThanOrEqualTo(100));
        Assert.That(StrokeFont.Fit("short", 10, 100), Is.EqualTo("short"));
    }

    private static string Render(string text)
    {
        using var bitmap = new SKBitmap(40, 48);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Black);
        StrokeFont.Draw(canvas, text, 4, 8, 26, new Rgb(255, 255, 255));
        var bytes = Convert.ToHexString(bitmap.Bytes);
        Assert.That(bitmap.Pixels.Any(pixel => pixel.Red > 128), text);
        return bytes;
    }
}
