using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The JSON form of a <see cref="TrialSpec"/>: camelCase names, enumerations as words, every field written, and every field demanded, so that a program of another
/// version, whose options are others, refuses the file instead of training something else.</summary>
internal static class TrialSpecJson
{
    private static readonly JsonSerializerOptions s_options = Create();

    public static string Write(TrialSpec spec) => JsonSerializer.Serialize(spec, s_options);

    /// <exception cref="TrialSpecException">The text is no such JSON.</exception>
    public static TrialSpec Read(string json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            List<TrialSpecFault> faults = [];
            Compare(document.RootElement, s_options.GetTypeInfo(typeof(TrialSpec)), "", faults);
            return faults.Count > 0
                ? throw new TrialSpecException(path, faults)
                : WithPlace(document.Deserialize<TrialSpec>(s_options)!);
        }
        catch (LabelTableException fault)
        {
            throw new TrialSpecException(path, [new("run.labels", "a table of labels", fault.Message.TrimEnd('.'))], fault);
        }
        catch (JsonException fault)
        {
            var field = fault.Path is { Length: > 2 } place ? place[2..] : "JSON";
            throw new TrialSpecException(path, [new(field, "what samed sweep writes there", fault.Message.Split(" Path: ")[0].TrimEnd('.'))], fault);
        }
        // A parameter's name or value that cannot be.
        catch (ArgumentException fault)
        {
            throw new TrialSpecException(path, [new("parameter", "names and values", fault.Message.TrimEnd('.'))], fault);
        }
    }

    private static TrialSpec WithPlace(TrialSpec spec) => spec with { Run = spec.Run with { Output = "" } };

    /// <summary>Finds fields that are missing, unknown, or null where a value must be.</summary>
    private static void Compare(JsonElement given, JsonTypeInfo type, string field, List<TrialSpecFault> faults)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }
        if (given.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new(field.Length == 0 ? "JSON" : field.TrimEnd('.'), "an object", given.ValueKind.ToString().ToLowerInvariant()));
            return;
        }
        var known = type.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        faults.AddRange(given.EnumerateObject().Where(property => !known.ContainsKey(property.Name))
            .Select(property => new TrialSpecFault(field + property.Name, "no such field (is the file of another version?)", Short(property.Value))));
        foreach (var (name, property) in known)
        {
            if (!given.TryGetProperty(name, out var value))
            {
                faults.Add(new(field + name, "a value", "nothing"));
            }
            else if (value.ValueKind == JsonValueKind.Null)
            {
                faults.AddRange(MayBeNull(property) ? [] : [new TrialSpecFault(field + name, "a value", "null")]);
            }
            else
            {
                Compare(value, s_options.GetTypeInfo(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType), field + name + ".", faults);
            }
        }
    }

    private static bool MayBeNull(JsonPropertyInfo property) =>
        property.AttributeProvider is PropertyInfo member && new NullabilityInfoContext().Create(member).WriteState == NullabilityState.Nullable;

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 40 } text ? text[..40] + "…" : value.GetRawText();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            WriteIndented = true,
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false), new LabelsJson() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWhatIsGivenElsewhere } },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Where a trial is kept, whether it goes on and how far it goes is not part of the run.</summary>
    private static void LeaveOutWhatIsGivenElsewhere(JsonTypeInfo type)
    {
        if (type.Type == typeof(TrainingRunOptions))
        {
            string[] elsewhere = ["output", "resume", "untilEpoch"];
            foreach (var property in type.Properties.Where(property => elsewhere.Contains(property.Name)).ToArray())
            {
                type.Properties.Remove(property);
            }
        }
        foreach (var derived in type.Properties.Where(property => property.Set is null).ToArray())
        {
            type.Properties.Remove(derived);
        }
    }

    /// <summary>In the form of a file of labels.</summary>
    private sealed class LabelsJson : JsonConverter<LabelTable>
    {
        public override LabelTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return LabelTable.Parse(document.RootElement.GetRawText(), "run.labels");
        }

        public override void Write(Utf8JsonWriter writer, LabelTable value, JsonSerializerOptions options)
        {
            using var document = JsonDocument.Parse(value.ToJson());
            document.RootElement.WriteTo(writer);
        }
    }
}
