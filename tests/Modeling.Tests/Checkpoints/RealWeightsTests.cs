using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Public weight files against what PyTorch and plain byte parsing see in them (EXPECTED.json).</summary>
[Category("RealData")]
public sealed class RealWeightsTests
{
    private static IEnumerable<TestCaseData> Files() => TestData.RealCases("EXPECTED.json", expected =>
    {
        using var json = JsonDocument.Parse(File.ReadAllText(expected));
        return [.. json.RootElement.EnumerateObject().Select(file => file.Name).Where(name => name.StartsWith("weights/", StringComparison.Ordinal))];
    });

    [TestCaseSource(nameof(Files))]
    public void Tensors_and_values_are_those_that_other_readers_see(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestData.Real("EXPECTED.json")));
        var expected = json.RootElement.GetProperty(name);
        using var content = CheckpointReader.Open(TestData.Real(name));
        var info = TensorFileInfo.Of(content);

        Assert.Multiple(() =>
        {
            Assert.That(info.Tensors.Count + info.Values.Count, Is.EqualTo(expected.GetProperty("count").GetInt32()), "count");
            CheckContainer(info, expected);
            var isSafetensors = expected.TryGetProperty("tensors", out var leaves);
            leaves = isSafetensors ? leaves : expected.GetProperty("leaves");
            foreach (var leaf in leaves.EnumerateObject().AtLeastOne())
            {
                CheckLeaf(content, isSafetensors ? leaf.Name : leaf.Name.Length > 0 ? leaf.Name[1..] : leaf.Name, leaf.Value);
            }
        });
    }

    private static void CheckContainer(TensorFileInfo info, JsonElement expected)
    {
        if (expected.TryGetProperty("container", out var container))
        {
            Assert.That(info.Container, Is.EqualTo(container.GetString() == "zip" ? CheckpointContainer.TorchZip : CheckpointContainer.TorchLegacy));
        }
        if (expected.TryGetProperty("root", out var root))
        {
            Assert.That(info.Root, Is.EqualTo(root.GetString()));
        }
        if (expected.TryGetProperty("metadata_keys", out var metadata))
        {
            Assert.That(info.Metadata, Has.Count.EqualTo(metadata.GetInt32()), "metadata");
        }
    }

    private static void CheckLeaf(CheckpointContent content, string name, JsonElement expected)
    {
        if (expected.TryGetProperty("value", out var value))
        {
            Assert.That(content.Tree.Values.Where(pair => pair.Key == name).Select(pair => Text(pair.Value)), Is.EqualTo(new[] { Text(value) }), name);
            return;
        }
        var tensor = content.Tensors.FirstOrDefault(pair => pair.Key == name).Value;
        Assert.That(tensor, Is.Not.Null, name);
        var bytes = StridedReader.ReadBytes(tensor!);
        Assert.That(ElementTypes.NameOf(tensor!.Type), Is.EqualTo(expected.GetProperty("dtype").GetString()), name);
        Assert.That(tensor.Shape, Is.EqualTo(expected.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())), name);
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(bytes)), Is.EqualTo(expected.GetProperty("sha256").GetString()), name);
        Assert.That(Sum(tensor.Type, bytes), Is.EqualTo(expected.GetProperty("sum").GetDouble()).Within(1e-9).Percent.Or.EqualTo(expected.GetProperty("sum").GetDouble()).Within(1e-9), name);
        if (expected.TryGetProperty("stride", out var stride))
        {
            Assert.That(tensor.Stride, Is.EqualTo(stride.EnumerateArray().Select(step => step.GetInt64())), name);
            Assert.That(tensor.IsParameter, Is.EqualTo(expected.GetProperty("parameter").GetBoolean()), name);
            Assert.That(tensor.RequiresGrad, Is.EqualTo(expected.GetProperty("requires_grad").GetBoolean()), name);
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "None",
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Text(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => ((double)number).ToString("R", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static double Sum(ElementType type, byte[] bytes) => type switch
    {
        ElementType.Float64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray().Sum(),
        ElementType.Float32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray().Sum(number => (double)number),
        ElementType.Float16 => MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Sum(number => (double)number),
        ElementType.Int64 => MemoryMarshal.Cast<byte, long>(bytes).ToArray().Sum(),
        ElementType.Int32 => MemoryMarshal.Cast<byte, int>(bytes).ToArray().Sum(number => (double)number),
        ElementType.UInt32 => MemoryMarshal.Cast<byte, uint>(bytes).ToArray().Sum(number => (double)number),
        ElementType.Int16 => MemoryMarshal.Cast<byte, short>(bytes).ToArray().Sum(number => number),
        ElementType.UInt16 => MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Sum(number => number),
        ElementType.Int8 => MemoryMarshal.Cast<byte, sbyte>(bytes).ToArray().Sum(number => number),
        _ => bytes.Sum(number => number),
    };
}
